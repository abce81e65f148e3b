//! Our calls of the client's procedures that wait for its answer.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Mutex;

use crate::handler::backend::ReplyHandler;
use crate::handler::{CallError, Failure, guard};
use crate::peer_log::LogSubject;
use crate::protocol::amf::Value;
use crate::sync::lock;

/// The calls of one client's procedures that wait for its answer, by transaction.
pub(crate) struct PendingCalls {
    limit: usize,
    calls: Mutex<Calls>,
}

#[derive(Default)]
struct Calls {
    last_transaction: u32,
    waiting: BTreeMap<u32, ReplyHandler>,
    is_closed: bool,
}

impl PendingCalls {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, calls: Mutex::default() }
    }

    /// Keeps `reply` until the answer comes. Returns the transaction id of the call.
    pub(crate) fn add(&self, reply: ReplyHandler) -> Result<u32, CallError> {
        let mut calls = lock(&self.calls);
        if calls.is_closed {
            return Err(CallError::Closed);
        }
        if calls.waiting.len() >= self.limit {
            return Err(CallError::TooMany);
        }
        // 0 asks for no answer, so the numbers skip it when they wrap.
        let mut transaction = calls.last_transaction;
        loop {
            transaction = transaction.wrapping_add(1).max(1);
            if !calls.waiting.contains_key(&transaction) {
                break;
            }
        }
        calls.last_transaction = transaction;
        calls.waiting.insert(transaction, reply);
        Ok(transaction)
    }

    /// Forgets a call that could not be sent. Returns `false` if its reply handler has been called.
    pub(crate) fn forget(&self, transaction: u32) -> bool {
        let reply = lock(&self.calls).waiting.remove(&transaction);
        reply.is_some()
    }

    /// Calls the reply handler of a call. Returns `None` if no call waits for this answer. A panic
    /// is logged with `who`, which names the client.
    pub(crate) fn answer(
        &self,
        who: &dyn LogSubject,
        transaction_id: f64,
        result: Result<Value, Value>,
    ) -> Option<Result<(), Failure>> {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a number that no call has saturates, and is compared next"
        )]
        let transaction = transaction_id as u32;
        if f64::from(transaction) != transaction_id {
            return None;
        }
        let reply = lock(&self.calls).waiting.remove(&transaction)?;
        Some(guard(who, "reply handler", || {
            reply(result.map_err(CallError::Failed));
            Ok(())
        }))
    }

    /// Tells all reply handlers that no answer will come, and refuses further calls.
    pub(crate) fn close(&self, who: &dyn LogSubject) {
        let waiting = {
            let mut calls = lock(&self.calls);
            calls.is_closed = true;
            std::mem::take(&mut calls.waiting)
        };
        for reply in waiting.into_values() {
            let _ = guard(who, "reply handler, at the close", || {
                reply(Err(CallError::Closed));
                Ok(())
            });
        }
    }

    pub(crate) fn len(&self) -> usize {
        lock(&self.calls).waiting.len()
    }
}

impl fmt::Debug for PendingCalls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingCalls").field("waiting", &self.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::{CallError, PendingCalls, Value};

    #[test]
    fn each_answer_reaches_the_call_of_its_transaction_once() {
        let calls = PendingCalls::new(2);
        let (told, outcomes) = mpsc::channel();
        let reply = |name: &'static str| {
            let told = told.clone();
            Box::new(move |outcome| told.send((name, outcome)).unwrap())
        };
        let first = calls.add(reply("first")).unwrap();
        let second = calls.add(reply("second")).unwrap();
        assert_eq!(calls.add(reply("third")), Err(CallError::TooMany));
        let answer = |transaction, result| calls.answer(&"a client", transaction, result);
        assert!(matches!(answer(f64::from(second), Ok(Value::Null)), Some(Ok(()))));
        assert!(answer(f64::from(second), Ok(Value::Null)).is_none());
        for stray in [0.0, -1.0, 0.5, f64::NAN, f64::INFINITY, 77.0] {
            assert!(answer(stray, Ok(Value::Null)).is_none(), "{stray}");
        }
        assert!(matches!(answer(f64::from(first), Err("no".into())), Some(Ok(()))));
        let last = calls.add(reply("last")).unwrap();
        assert!(last != first && last != second && last != 0);
        calls.close(&"a client");
        assert_eq!(calls.add(reply("late")), Err(CallError::Closed));
        drop(told);
        assert_eq!(
            outcomes.into_iter().collect::<Vec<_>>(),
            [
                ("second", Ok(Value::Null)),
                ("first", Err(CallError::Failed("no".into()))),
                ("last", Err(CallError::Closed)),
            ]
        );
    }
}
