// A cube that turns. Each of its faces has one colour.

struct Scene {
    // How far the cube has turned, and where the camera looks from, in radians.
    turn: f32,
    yaw: f32,
    pitch: f32,
    // The width of the picture through its height.
    aspect: f32,
    faces: array<vec4f, 6>,
}

@group(0) @binding(0) var<uniform> scene: Scene;

struct Corner {
    @builtin(position) position: vec4f,
    @location(0) @interpolate(flat) colour: vec4f,
}

// Turns two coordinates.
fn turned(point: vec2f, angle: f32) -> vec2f {
    let along = vec2f(cos(angle), sin(angle));
    return vec2f(dot(point, vec2f(along.x, -along.y)), dot(point, along.yx));
}

@vertex
fn corner(@builtin(vertex_index) index: u32) -> Corner {
    // Two triangles, counter-clockwise as seen from outside.
    var corners = array<vec2f, 6>(
        vec2f(-1.0, -1.0), vec2f(1.0, -1.0), vec2f(1.0, 1.0),
        vec2f(-1.0, -1.0), vec2f(1.0, 1.0), vec2f(-1.0, 1.0),
    );
    let face = index / 6u;
    let at = corners[index % 6u];
    let side = select(-1.0, 1.0, face % 2u == 0u);
    let on_face = vec3f(side, select(at.yx, at, side > 0.0));
    var place = on_face;
    if face / 2u == 1u {
        place = on_face.zxy;
    } else if face / 2u == 2u {
        place = on_face.yzx;
    }
    let xz = turned(place.xz, scene.turn + scene.yaw);
    let yz = turned(vec2f(place.y, xz.y), scene.pitch);
    let distance = 5.0 - yz.y;
    var out: Corner;
    // Only one side of a face is drawn, so one depth serves for all.
    out.position = vec4f(xz.x * 2.0 / scene.aspect, yz.x * 2.0, 0.5 * distance, distance);
    out.colour = scene.faces[face];
    return out;
}

@fragment
fn colour(corner: Corner) -> @location(0) vec4f {
    return corner.colour;
}
