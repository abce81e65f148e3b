//! Commands that a render loop runs between two renders.

use std::fmt;

use super::cancel::CancelLevel;
use crate::handler::{DeferredReply, HandlerResult, Refusal};
use crate::protocol::Timestamp;
use crate::protocol::amf::{Object, Value};

type Command = Box<dyn FnOnce() -> HandlerResult<Value> + Send>;

pub(crate) type Reply = Box<dyn FnOnce(Result<LoopOutcome, LoopCommandsError>) + Send>;

/// Commands that a [`RenderLoop`](crate::RenderLoop) runs between two renders, on its render
/// thread, with [`RenderLoop::execute`](crate::RenderLoop::execute). So they may change what the
/// renderer reads, without a lock that a render holds.
///
/// All commands that wait run before the next render, in the order in which they came. While no
/// stream watches the loop, they run at once.
///
/// ```
/// use rendercast::{CancelLevel, LoopCommands, LoopOutcome};
///
/// let commands = LoopCommands::of(|| Ok("the first".into()))
///     .then(|| Ok("the second".into()))
///     .cancel(CancelLevel::StartOver)
///     .wait_for_frame()
///     .on_outcome(|outcome| match outcome {
///         Ok(LoopOutcome { frame, .. }) => println!("shown by the frame at {frame:?}"),
///         Err(error) => eprintln!("{error}"),
///     });
/// ```
#[must_use = "commands run when a loop executes them"]
pub struct LoopCommands {
    commands: Vec<Command>,
    continues_on_error: bool,
    pub(crate) cancel: Option<CancelLevel>,
    pub(crate) waits_for_frame: bool,
    pub(crate) reply: Option<Reply>,
}

/// What came of [`LoopCommands`].
#[derive(Debug)]
#[non_exhaustive]
pub struct LoopOutcome {
    /// The results of the commands that ran, in order. After an error no further command ran,
    /// unless the commands [continue](LoopCommands::continue_on_error).
    pub results: Vec<HandlerResult<Value>>,
    /// The time of the first frame that was rendered after the commands, on the clock of the loop.
    /// `None` if the commands do not [wait](LoopCommands::wait_for_frame) for it, or if no stream
    /// watches the loop.
    ///
    /// The stream has the data message `onCommandsShown` just before that frame, with the time of
    /// that frame in each viewer's own stream. With an encoder that returns pictures later, it is
    /// the time at which the frame is sent.
    pub frame: Option<Timestamp>,
}

/// Why commands do not run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LoopCommandsError {
    /// The loop has ended.
    #[error("render loop {name:?} has ended")]
    Ended {
        /// The name of the loop.
        name: String,
    },
    /// The loop has no renderer between whose calls commands could run.
    #[error("render loop {name:?} has no renderer, so it runs no commands")]
    NoRenderer {
        /// The name of the loop.
        name: String,
    },
    /// As many commands wait as
    /// [`RenderLoopConfig::waiting_commands`](crate::RenderLoopConfig::waiting_commands) allows.
    #[error("too many commands wait for render loop {name:?}")]
    TooMany {
        /// The name of the loop.
        name: String,
    },
}

impl LoopCommands {
    /// Makes a list of one command. Its result is part of the [`LoopOutcome`]. A command that
    /// panics has failed.
    pub fn of(command: impl FnOnce() -> HandlerResult<Value> + Send + 'static) -> Self {
        Self {
            commands: vec![Box::new(command)],
            continues_on_error: false,
            cancel: None,
            waits_for_frame: false,
            reply: None,
        }
    }

    /// Adds a command behind the others. No render comes between them.
    pub fn then(mut self, command: impl FnOnce() -> HandlerResult<Value> + Send + 'static) -> Self {
        self.commands.push(Box::new(command));
        self
    }

    /// Runs the further commands even after one that failed.
    pub const fn continue_on_error(mut self) -> Self {
        self.continues_on_error = true;
        self
    }

    /// Cancels the render that runs, if one does. Otherwise the commands wait for its end.
    ///
    /// The renderer is told by [`LoopCanvas::is_cancelled`](crate::LoopCanvas::is_cancelled). With
    /// [`CancelLevel::StartOver`], the next call has
    /// [`LoopCanvas::starts_over`](crate::LoopCanvas::starts_over), whether or not a render ran.
    pub const fn cancel(mut self, level: CancelLevel) -> Self {
        self.cancel = Some(level);
        self
    }

    /// Gives the outcome when the first frame was sent that was rendered after the commands,
    /// instead of when they have run. If no stream watches the loop, it does not wait.
    pub const fn wait_for_frame(mut self) -> Self {
        self.waits_for_frame = true;
        self
    }

    /// Calls `reply` with the outcome, once: on the render thread, or on the frame thread if the
    /// commands [wait for a frame](Self::wait_for_frame). It must not block. If the loop ends
    /// before all is done, `reply` gets [`LoopCommandsError::Ended`].
    pub fn on_outcome(
        mut self,
        reply: impl FnOnce(Result<LoopOutcome, LoopCommandsError>) + Send + 'static,
    ) -> Self {
        self.reply = Some(Box::new(reply));
        self
    }

    /// Answers a client's call with the outcome: the value of a single command, an array of the
    /// values of several, or the first error. Commands that [wait for a
    /// frame](Self::wait_for_frame) answer with an object: `result` has the same, `frame` the time
    /// of the frame on the clock of the loop in milliseconds, or null.
    pub fn answer(self, reply: DeferredReply) -> Self {
        let (count, waits_for_frame) = (self.commands.len(), self.waits_for_frame);
        self.on_outcome(move |outcome| {
            let value = outcome
                .map_err(|error| Refusal::call_failed(error.to_string()).into())
                .and_then(|outcome| outcome.into_value(count == 1, waits_for_frame));
            reply.answer(value);
        })
    }

    /// Runs the commands. `run` calls each.
    pub(crate) fn run(
        &mut self,
        mut run: impl FnMut(Command) -> HandlerResult<Value>,
    ) -> Vec<HandlerResult<Value>> {
        let mut results = Vec::with_capacity(self.commands.len());
        for command in self.commands.drain(..) {
            let result = run(command);
            let goes_on = result.is_ok() || self.continues_on_error;
            results.push(result);
            if !goes_on {
                break;
            }
        }
        results
    }
}

impl LoopOutcome {
    fn into_value(self, is_single: bool, names_frame: bool) -> HandlerResult<Value> {
        let mut values: Vec<Value> = self.results.into_iter().collect::<HandlerResult<_>>()?;
        let result = match values.pop() {
            Some(value) if is_single => value,
            last => {
                values.extend(last);
                Value::StrictArray(values)
            }
        };
        if !names_frame {
            return Ok(result);
        }
        let frame = self.frame.map_or(Value::Null, |frame| Value::Number(frame.0.into()));
        Ok(Object::new().with("result", result).with("frame", frame).into())
    }
}

impl fmt::Debug for LoopCommands {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoopCommands")
            .field("commands", &self.commands.len())
            .field("cancel", &self.cancel)
            .field("waits_for_frame", &self.waits_for_frame)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::{LoopCommands, LoopOutcome, Timestamp, Value};

    fn run(mut commands: LoopCommands) -> Vec<Result<Value, String>> {
        let results = commands.run(|command| command());
        results.into_iter().map(|result| result.map_err(|error| error.to_string())).collect()
    }

    #[test]
    fn an_error_ends_the_list_unless_it_continues() {
        let commands =
            || LoopCommands::of(|| Ok(1.into())).then(|| Err("no".into())).then(|| Ok(3.into()));
        assert_eq!(run(commands()), [Ok(1.into()), Err("no".to_owned())]);
        let all = [Ok(1.into()), Err("no".to_owned()), Ok(3.into())];
        assert_eq!(run(commands().continue_on_error()), all);
    }

    #[test]
    fn an_outcome_becomes_the_answer_to_a_call() {
        let outcome = |results: &[i32], frame| LoopOutcome {
            results: results.iter().map(|result| Ok((*result).into())).collect(),
            frame,
        };
        assert_eq!(outcome(&[1], None).into_value(true, false).unwrap(), 1.into());
        let both: Value = vec![1.into(), 2.into()].into();
        assert_eq!(outcome(&[1, 2], None).into_value(false, false).unwrap(), both);
        let named = outcome(&[1], Some(Timestamp(70))).into_value(true, true).unwrap();
        assert_eq!(named.get("result"), Some(&1.into()));
        assert_eq!(named.get("frame"), Some(&70.into()));
        let failed = LoopOutcome { results: vec![Ok(1.into()), Err("no".into())], frame: None };
        assert_eq!(failed.into_value(false, true).unwrap_err().to_string(), "no");
    }
}
