//! Failures in words: the first few kinds, each with its count.

use crate::summary::FailureExample;

/// Distinct failures kept in words for the report. Past this the run is broken rather
/// than interesting.
const FAILURES_KEPT: usize = 32;

/// Distinct failures of one kind that are told apart: an API may write another request id into each
/// of its answers, and would leave no room for other kinds.
const FAILURES_KEPT_OF_A_KIND: usize = 4;

/// What stands for all further ones of a kind.
const FURTHER: &str = "further answers of this kind, in other words";

/// Adds failures to those known, keeping the first few kinds.
pub(crate) fn merge_failures(known: &mut Vec<FailureExample>, more: Vec<FailureExample>) {
    for mut failure in more {
        let is_alike = |kept: &FailureExample| {
            (&kept.outcome, kept.status) == (&failure.outcome, failure.status)
        };
        let is_same = |kept: &FailureExample| is_alike(kept) && kept.message == failure.message;
        let is_known = known.iter().any(is_same);
        let alike = known.iter().filter(|kept| is_alike(kept)).count();
        if !is_known && alike >= FAILURES_KEPT_OF_A_KIND {
            FURTHER.clone_into(&mut failure.message);
        }
        let same = known.iter_mut().find(|kept| {
            (&kept.outcome, kept.status, &kept.message)
                == (&failure.outcome, failure.status, &failure.message)
        });
        if let Some(kept) = same {
            kept.count += failure.count;
            kept.first_at_ns = kept.first_at_ns.min(failure.first_at_ns);
        } else if known.len() < FAILURES_KEPT {
            known.push(failure);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::Outcome;

    fn failure(status: u16, message: &str) -> FailureExample {
        FailureExample {
            outcome: Outcome::from_status(status).to_string(),
            status: Some(status),
            message: message.to_owned(),
            first_at_ns: 1,
            count: 1,
        }
    }

    // An API that writes another request id into each answer leaves room for the others.
    #[test]
    fn failures_of_a_kind_are_told_apart_up_to_a_limit_and_all_are_counted() {
        let mut known = Vec::new();
        for number in 0..100 {
            merge_failures(
                &mut known,
                vec![failure(500, &format!("500 request {number}"))],
            );
        }
        merge_failures(
            &mut known,
            vec![failure(401, "401 no"), failure(403, "403 no")],
        );
        assert_eq!(known.len(), FAILURES_KEPT_OF_A_KIND + 3);
        assert_eq!(known[FAILURES_KEPT_OF_A_KIND].message, FURTHER);
        assert_eq!(known.iter().map(|kept| kept.count).sum::<u64>(), 102);
    }
}
