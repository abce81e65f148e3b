/* Presses keys in a player that shows its picture through SDL 2, headless or not: preloaded into
 * it, this reads names of keys, one a line, from the pipe that PRESS_KEYS names, and hands each to
 * SDL as though it had been pressed. Built and used by ffplay_keys.rs. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* From SDL 2's ABI, which is frozen: SDL_KEYDOWN, SDL_PRESSED, and the codes of the arrow keys. */
enum { KEY_DOWN = 0x300, PRESSED = 1, RIGHT = 0x4000004f, LEFT = 0x40000050 };

/* SDL_KeyboardEvent, filled up to the size of SDL_Event, which SDL copies as a whole. */
union event {
    struct {
        uint32_t type, time, window;
        uint8_t state, repeat, padding[2];
        int32_t scan_code, key;
        uint16_t modifiers;
    } keyboard;
    uint8_t size[128];
};

static int32_t key_named(const char *name) {
    if (strcmp(name, "right") == 0) return RIGHT;
    if (strcmp(name, "left") == 0) return LEFT;
    return name[0];
}

static void *press(void *path) {
    char name[16];
    int (*push)(union event *) = (int (*)(union event *))dlsym(RTLD_DEFAULT, "SDL_PushEvent");
    FILE *keys = push ? fopen(path, "r") : NULL;
    if (!keys) return NULL;
    while (fscanf(keys, "%15s", name) == 1) {
        union event event = {.size = {0}};
        event.keyboard.type = KEY_DOWN;
        event.keyboard.state = PRESSED;
        event.keyboard.key = key_named(name);
        if (push(&event) != 1) fprintf(stderr, "\nkey %s was not taken\n", name);
    }
    fclose(keys);
    return NULL;
}

__attribute__((constructor)) static void start(void) {
    pthread_t thread;
    char *path = getenv("PRESS_KEYS");
    if (path && pthread_create(&thread, NULL, press, path) == 0) pthread_detach(thread);
}
