//! Open files: each connection is one.

use super::shortage::Shortage;
use crate::plan::{Address, EmbeddedTarget, Plan, RateLoad, Sharing};
use crate::units::{Latency, count, index, whole};

/// Descriptors beside the connections: runtimes, timers, files, standard streams.
const OTHERS: u64 = 128;

/// The fewest that a run needs, besides those of `--serve` and `--metrics`: for its threads, timers
/// and files, and a connection.
const LEAST: u64 = 24;

/// Refuses a run whose virtual users, or certain callouts in flight, need more connections than the
/// limit allows; notes it if an open load may need more. `kept` are the descriptors of `--serve` and
/// `--metrics`.
pub(super) fn judge(plan: &Plan, kept: u64, allowed: Option<u64>) -> Option<Shortage> {
    let allowed = allowed?;
    let least = LEAST + kept;
    let too_few = |need: String, way_out: String| {
        let what = format!("{need}, but this process may have only {allowed}");
        Some(Shortage::TooLittle { what, way_out })
    };
    if allowed < least {
        let way_out = "raise the limit with `ulimit -n 1024`".to_owned();
        return too_few(format!("a run needs at least {least} open files"), way_out);
    }
    // The embedded target holds the other end of each connection.
    let ends = match plan.target.address {
        Address::Embedded(_) => 2,
        Address::Url { .. } => 1,
    };
    let others = OTHERS + kept;
    let room = allowed.saturating_sub(others) / ends;
    let users = match plan.target.connections.pool {
        Sharing::User => count(plan.users()),
        Sharing::Shared => 0,
    };
    if users > room {
        let needed = users * ends + others;
        return too_few(
            format!("{users} virtual users need {needed} open files"),
            format!(
                "raise the limit with `ulimit -n {needed}`, use fewer users, or share connections \
                 with [target.connections] pool = \"shared\""
            ),
        );
    }
    let sure = sure_in_flight(plan);
    if users + sure > room {
        let needed = (users + sure) * ends + others;
        return too_few(
            format!(
                "{sure} callouts are in flight at once with this rate and service time, which \
                 need {needed} open files"
            ),
            format!(
                "raise the limit with `ulimit -n {needed}`, or lower the rate, the service_time \
                 or max_in_flight"
            ),
        );
    }
    let slots = plan.open_loads().map(|(_, _, rate)| rate.max_in_flight);
    let slots: usize = slots.sum();
    let arrivals = slots + plan.transactions();
    if users + count(arrivals) > room {
        let need = if slots > 0 {
            format!("max_in_flight allows {arrivals} callouts in flight")
        } else {
            format!("{arrivals} transactions at once need a connection each")
        };
        return Some(Shortage::Close(format!(
            "{need}, but with {allowed} open files {} of them can have a connection; raise the \
             limit with `ulimit -n {}`",
            match room - users {
                0 => "none".to_owned(),
                some => some.to_string(),
            },
            (users + count(arrivals)) * ends + others
        )));
    }
    None
}

/// The callouts that are certain to be in flight: arrivals times service time (Little's law), at most
/// `max_in_flight`. The service time is known only for the embedded target.
fn sure_in_flight(plan: &Plan) -> u64 {
    let Address::Embedded(embedded) = plan.target.address else {
        return 0;
    };
    if plan.target.connections.http == crate::plan::HttpVersion::Http2 || plan.matrix.is_some() {
        return 0;
    }
    let served = least_s(&embedded);
    let of_load = |rate: &RateLoad| {
        // The mean and not the peak: a peak may be over before it fills up.
        let in_flight = rate.mean_per_s(crate::units::Nanos::ZERO) * served;
        let is_long = rate.duration().as_secs_f64() > served;
        let sure = if is_long { index(whole(in_flight)) } else { 0 };
        count(sure.min(rate.max_in_flight))
    };
    // Loads may run one after the other, so the largest counts.
    let loads = plan.open_loads().map(|(_, _, rate)| of_load(rate));
    loads.max().unwrap_or_default()
}

/// A service time that at least half of the callouts have, in seconds.
fn least_s(embedded: &EmbeddedTarget) -> f64 {
    match embedded.latency {
        Latency::Constant(span) => span.as_secs_f64(),
        // Half of it: the other half is answered sooner.
        Latency::LogNormal { p50, .. } => p50.as_secs_f64() / 2.0,
        Latency::Exponential(mean) | Latency::OneServer(mean) | Latency::OneSteadyServer(mean) => {
            mean.as_secs_f64() / 2.0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::plan;
    use super::*;

    fn too_little(shortage: Option<&Shortage>) -> &str {
        match shortage {
            Some(Shortage::TooLittle { what, .. }) => what,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn users_need_one_each_and_the_embedded_target_another() {
        let plan = plan("kind = \"users\"\nusers = 600\nfor = \"1s\"", "");
        let found = judge(&plan, 0, Some(1_024));
        assert!(too_little(found.as_ref()).contains("600 virtual users need 1328 open files"));
        assert_eq!(judge(&plan, 0, Some(1_328)), None);
        assert_eq!(judge(&plan, 0, None), None);
    }

    // 500 a second, 4 s each: 2000 at a time.
    #[test]
    fn callouts_that_are_sure_to_be_in_flight_need_one_each() {
        let load = "kind = \"rate\"\nrate = \"500/s\"\nfor = \"60s\"\nmax_in_flight = 10000";
        let slow = plan(load, "embedded = { service_time = \"4s\" }");
        let found = judge(&slow, 0, Some(1_024));
        assert!(too_little(found.as_ref()).contains("2000 callouts are in flight"));
        let few = load.replace("10000", "100");
        let bounded = plan(&few, "embedded = { service_time = \"4s\" }");
        assert_eq!(judge(&bounded, 0, Some(1_024)), None);
        let fast = plan(load, "embedded = { service_time = \"4ms\" }");
        assert!(matches!(
            judge(&fast, 0, Some(1_024)),
            Some(Shortage::Close(_))
        ));
    }

    #[test]
    fn an_org_has_transactions_and_no_max_in_flight() {
        let org = "kind = \"salesforce\"\npreset = \"queueable-fanout\"\n\
                   for = \"10s\"\nworkers = 100";
        let found = judge(&plan(org, ""), 0, Some(200));
        let Some(Shortage::Close(note)) = found else {
            panic!("{found:?}")
        };
        let need = "100 transactions at once need a connection each";
        assert!(note.starts_with(need), "{note}");
    }

    // What watches a run takes none of its connections.
    #[test]
    fn who_watches_has_descriptors_of_its_own() {
        let plan = plan("kind = \"users\"\nusers = 600\nfor = \"1s\"", "");
        let found = judge(&plan, 48, Some(1_328));
        assert!(too_little(found.as_ref()).contains("600 virtual users need 1376 open files"));
        assert_eq!(judge(&plan, 48, Some(1_376)), None);
        let found = judge(&plan, 48, Some(71));
        assert!(too_little(found.as_ref()).contains("needs at least 72 open files"));
    }
}
