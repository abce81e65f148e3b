//! The way of commands from the call of the application to the frame that shows them.

use super::cancel::CancelLevel;
use super::loop_commands::{LoopCommands, LoopCommandsError, LoopOutcome, Reply};
use crate::handler::{Failure, HandlerResult, guard};
use crate::protocol::Timestamp;
use crate::protocol::amf::Value;

/// Commands that wait for their turn.
#[derive(Debug)]
pub(crate) struct Waiting {
    id: u64,
    commands: LoopCommands,
}

/// Commands that have run.
pub(crate) struct Executed {
    pub(crate) id: u64,
    /// What waits for the frame that shows them.
    reply: Option<(Reply, Vec<HandlerResult<Value>>)>,
}

/// The way of commands from the call of the application to the frame that shows them.
#[derive(Debug)]
pub(crate) struct CommandStages {
    limit: usize,
    last_id: u64,
    waiting: Vec<Waiting>,
    /// Have run, and wait for a render.
    executed: Vec<Executed>,
    /// Are part of the render that runs.
    in_render: Vec<Executed>,
    /// Are part of the newest picture.
    rendered: Vec<Executed>,
    /// Are part of a picture that was taken for a frame.
    in_frames: Vec<Executed>,
}

/// As many commands wait as may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Full;

impl CommandStages {
    pub(crate) const fn new(limit: usize) -> Self {
        Self {
            limit,
            last_id: 0,
            waiting: Vec::new(),
            executed: Vec::new(),
            in_render: Vec::new(),
            rendered: Vec::new(),
            in_frames: Vec::new(),
        }
    }

    /// Adds commands at the end. Returns their number.
    pub(crate) fn add(&mut self, commands: LoopCommands) -> Result<u64, Full> {
        let is_full = self.waiting.len() >= self.limit
            || commands.waits_for_frame && self.to_be_shown() >= self.limit;
        if is_full {
            return Err(Full);
        }
        self.last_id += 1;
        self.waiting.push(Waiting { id: self.last_id, commands });
        Ok(self.last_id)
    }

    pub(crate) const fn has_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    pub(crate) fn take_waiting(&mut self) -> Vec<Waiting> {
        std::mem::take(&mut self.waiting)
    }

    /// Keeps commands that have run until a frame shows them. Beyond the limit, it forgets those
    /// that have no reply to give.
    pub(crate) fn note_executed(&mut self, executed: Vec<Executed>) {
        for executed in executed {
            if executed.reply.is_some() || self.to_be_shown() < self.limit {
                self.executed.push(executed);
            }
        }
    }

    /// A render begins.
    pub(crate) fn begin_render(&mut self) {
        self.in_render.append(&mut self.executed);
    }

    /// The picture of the render that runs, or has run, is the newest.
    pub(crate) fn note_picture(&mut self) {
        self.rendered.append(&mut self.in_render);
    }

    /// The newest picture is taken for a frame. Returns the numbers of what it shows, in ascending
    /// order.
    pub(crate) fn begin_frame(&mut self) -> Vec<u64> {
        let shows = self.rendered.iter().map(|executed| executed.id).collect();
        self.in_frames.append(&mut self.rendered);
        shows
    }

    /// Takes what a frame has shown. The numbers are in ascending order.
    pub(crate) fn take_shown(&mut self, shown: &[u64]) -> Vec<Executed> {
        let is_shown = |executed: &mut Executed| shown.binary_search(&executed.id).is_ok();
        self.in_frames.extract_if(.., is_shown).collect()
    }

    /// Takes all that has run.
    pub(crate) fn take_executed(&mut self) -> Vec<Executed> {
        let mut all = std::mem::take(&mut self.in_frames);
        all.append(&mut self.rendered);
        all.append(&mut self.in_render);
        all.append(&mut self.executed);
        all
    }

    fn to_be_shown(&self) -> usize {
        self.executed.len() + self.in_render.len() + self.rendered.len() + self.in_frames.len()
    }
}

impl Waiting {
    /// Returns whether the next render must start over.
    pub(crate) fn starts_over(&self) -> bool {
        self.commands.cancel == Some(CancelLevel::StartOver)
    }

    /// Runs the commands, and replies unless that waits for a frame. `name` is that of the loop.
    pub(crate) fn run(mut self, name: &str) -> Executed {
        let who = format_args!("render loop {name:?}");
        let results = self.commands.run(|command| {
            guard(&who, "command", command).map_err(|failure| match failure {
                Failure::Error(error) => error,
                panic @ Failure::Panic(_) => panic.to_string().into(),
            })
        });
        let reply = self.commands.reply.take().map(|reply| (reply, results));
        let executed = Executed { id: self.id, reply };
        if self.commands.waits_for_frame { executed } else { executed.answer(name, None) }
    }

    /// Replies that the loop has ended.
    pub(crate) fn refuse(mut self, name: &str) {
        if let Some(reply) = self.commands.reply.take() {
            let error = LoopCommandsError::Ended { name: name.to_owned() };
            call(name, reply, Err(error));
        }
    }
}

impl Executed {
    /// Replies with the results and the frame that shows them.
    pub(crate) fn answer(mut self, name: &str, frame: Option<Timestamp>) -> Self {
        if let Some((reply, results)) = self.reply.take() {
            call(name, reply, Ok(LoopOutcome { results, frame }));
        }
        self
    }

    /// Replies that the loop has ended.
    pub(crate) fn refuse(self, name: &str) {
        if let Some((reply, _)) = self.reply {
            let error = LoopCommandsError::Ended { name: name.to_owned() };
            call(name, reply, Err(error));
        }
    }
}

fn call(name: &str, reply: Reply, outcome: Result<LoopOutcome, LoopCommandsError>) {
    let who = format_args!("render loop {name:?}");
    let _ = guard(&who, "reply to commands", || {
        reply(outcome);
        Ok(())
    });
}

impl std::fmt::Debug for Executed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Executed").field("id", &self.id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::{CommandStages, Executed, Full, LoopCommands, Timestamp};

    fn ids(executed: &[Executed]) -> Vec<u64> {
        executed.iter().map(|executed| executed.id).collect()
    }

    fn run(stages: &mut CommandStages) {
        let executed = stages.take_waiting().into_iter().map(|waiting| waiting.run("test"));
        stages.note_executed(executed.collect());
    }

    #[test]
    fn a_frame_shows_the_commands_that_ran_before_its_render_began() {
        let mut stages = CommandStages::new(10);
        let (told, frames) = mpsc::channel();
        let add = |stages: &mut CommandStages| {
            let told = told.clone();
            let commands = LoopCommands::of(|| Ok(1.into())).wait_for_frame();
            let reply = move |outcome: Result<super::LoopOutcome, _>| {
                told.send(outcome.unwrap().frame).unwrap();
            };
            stages.add(commands.on_outcome(reply)).unwrap()
        };
        let first = add(&mut stages);
        run(&mut stages);
        stages.begin_render();
        let second = add(&mut stages);
        run(&mut stages);
        stages.note_picture();
        assert_eq!(stages.begin_frame(), [first]);
        stages.begin_render();
        // This picture was never sent, and the next shows the same commands.
        stages.note_picture();
        let third = add(&mut stages);
        run(&mut stages);
        stages.begin_render();
        stages.note_picture();
        assert_eq!(stages.begin_frame(), [second, third]);
        let shown = stages.take_shown(&[second, third]);
        assert_eq!(ids(&shown), [second, third]);
        assert_eq!(ids(&stages.take_executed()), [first], "its frame has not come");
        assert!(frames.try_recv().is_err(), "nothing was sent");
        for executed in shown {
            executed.answer("test", Some(Timestamp(7)));
        }
        assert_eq!(frames.try_iter().collect::<Vec<_>>(), [Some(Timestamp(7)); 2]);
    }

    #[test]
    fn the_limit_holds_for_all_that_waits() {
        let mut stages = CommandStages::new(2);
        let waits = || LoopCommands::of(|| Ok(1.into())).wait_for_frame().on_outcome(|_| ());
        let runs = || LoopCommands::of(|| Ok(1.into()));
        assert_eq!(stages.add(runs()), Ok(1));
        assert_eq!(stages.add(waits()), Ok(2));
        assert_eq!(stages.add(runs()), Err(Full));
        run(&mut stages);
        assert_eq!(stages.add(waits()), Err(Full), "two commands wait for a frame");
        assert_eq!(stages.add(runs()), Ok(3));
        run(&mut stages);
        assert_eq!(ids(&stages.take_executed()), [1, 2]);
        assert_eq!(stages.add(waits()), Ok(4));
    }
}
