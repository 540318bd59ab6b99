//! The names of subjects, keys and streams at the broker.
//!
//! Everything begins with `lb`, so that a broker can be shared and rights can be given by subject.

/// The bucket of what is to be run, who has a place in it, and who is there.
pub(super) const BUCKET: &str = "leadbench";

/// The key of what is to be run.
pub(super) fn spec(run: &str) -> String {
    format!("runs.{run}.spec")
}

/// All keys of what is to be run.
pub(super) const SPECS: &str = "runs.*.spec";

/// The key of a place in a run.
pub(super) fn place(run: &str, shard: u32) -> String {
    format!("runs.{run}.places.{shard}")
}

/// The key of the start of a run.
pub(super) fn arm(run: &str) -> String {
    format!("runs.{run}.arm")
}

/// The key of an agent.
pub(super) fn agent(name: &str, id: &str) -> String {
    let safe = |c: char| {
        if c.is_ascii_alphanumeric() || c == '-' {
            c
        } else {
            '_'
        }
    };
    let name: String = name.chars().map(safe).collect();
    format!("agents.{name}.{id}")
}

/// Signs of life of the coordinator of a run, or of a search.
pub(super) fn beat(run: &str) -> String {
    format!("lb.run.{run}.beat")
}

/// Where the coordinator tells the time.
pub(super) fn clock(run: &str) -> String {
    format!("lb.run.{run}.clock")
}

/// What an agent tells: `ready`, `alive` or `ended`.
pub(super) fn told(run: &str, shard: u32, what: &str) -> String {
    format!("lb.run.{run}.agent.{shard}.{what}")
}

/// All that agents tell.
pub(super) fn all_told(run: &str) -> String {
    format!("lb.run.{run}.agent.*.*")
}

/// The stream of the frames of a run.
pub(super) fn stream(run: &str) -> String {
    format!("lb-{run}")
}

/// The frames of one agent.
pub(super) fn frames(run: &str, shard: u32) -> String {
    format!("lb.run.{run}.frames.{shard}")
}

/// The frames of all agents.
pub(super) fn all_frames(run: &str) -> String {
    format!("lb.run.{run}.frames.*")
}

/// The shard and the rest of a subject of an agent.
pub(super) fn of_agent<'s>(subject: &'s str, run: &str) -> Option<(u32, &'s str)> {
    let rest = subject.strip_prefix("lb.run.")?.strip_prefix(run)?;
    let rest = rest
        .strip_prefix(".agent.")
        .or_else(|| rest.strip_prefix(".frames."))?;
    match rest.split_once('.') {
        Some((shard, what)) => Some((shard.parse().ok()?, what)),
        None => Some((rest.parse().ok()?, "frame")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_names_its_agent() {
        let of =
            |subject: &str| of_agent(subject, "ab12").map(|(shard, what)| (shard, what.to_owned()));
        assert_eq!(of(&told("ab12", 3, "ready")), Some((3, "ready".to_owned())));
        assert_eq!(of(&frames("ab12", 7)), Some((7, "frame".to_owned())));
        assert_eq!(of("lb.run.other.frames.1"), None);
        assert_eq!(of("lb.run.ab12.frames.x"), None);
    }

    #[test]
    fn the_name_of_an_agent_is_a_key() {
        assert_eq!(
            agent("host-1.example com/2", "1f"),
            "agents.host-1_example_com_2.1f"
        );
    }
}
