//! The load that a search changes, and the plans of its trials.

use super::goals;
use crate::cli::exit::{Code, Failure};
use crate::plan::{
    ArrivalShape, Arrivals, Crew, CrewStage, Load, LoadModel, Overflow, Plan, RateLoad, Stage,
    USERS_MAX, UsersLoad,
};
use crate::search::OfferedLoad;
use crate::summary::LoadUnit;
use crate::units::{Nanos, Rate, Seed, count, index};

/// The start of each trial, which is left out: new connections are opened in it.
pub(super) const SETTLING: Nanos = Nanos::from_secs(1);

/// Probes for recovery a second.
const PROBES_PER_S: u64 = 4;

/// How many of them may be on their way: at least one for each agent.
const PROBES_IN_FLIGHT: usize = 1_000;

/// The load of a scenario that a search changes.
#[derive(Clone, Debug)]
pub(super) struct SearchedLoad {
    number: usize,
    pub(super) name: String,
    pub(super) unit: LoadUnit,
    /// What the scenario itself asks for.
    pub(super) own: OfferedLoad,
}

impl SearchedLoad {
    /// The load with this name; without a name, the only load, or the only one with a rate.
    pub(super) fn of(plan: &Plan, name: Option<&str>) -> Result<Self, Failure> {
        if plan.matrix.is_some() {
            return Err(refused(
                "a search cannot use a scenario with [matrix], whose loads take turns",
                "remove [matrix], or compare the variants with `leadbench run`",
            ));
        }
        if let Some(later) = plan.loads.iter().find(|load| load.start != Nanos::ZERO) {
            return Err(refused(
                &format!("the load {:?} begins later than others", later.name),
                "let all loads of the scenario begin at once (no `start`, no `after`) in a search",
            ));
        }
        let number = chosen(plan, name)?;
        let load = &plan.loads[number];
        let (unit, own) = searchable(load)?;
        let mut others = (0..).zip(&plan.loads).filter(|(at, _)| *at != number);
        if let Some((_, other)) = others.find(|(_, other)| !is_steady(other)) {
            return Err(refused(
                &format!(
                    "the load {:?} runs beside the searched one, and is not steady: {other}",
                    other.name
                ),
                "use loads with one rate, or with one number of users for a time, in a search",
            ));
        }
        Ok(Self {
            number,
            name: load.name.clone(),
            unit,
            own,
        })
    }

    /// A load of this kind, as the command line writes it: `150/s`, or `40`.
    pub(super) fn read(&self, flag: &str, text: &str) -> Result<OfferedLoad, Failure> {
        let read = match self.unit {
            LoadUnit::PerSecond => {
                let rate = text.parse::<Rate>().ok();
                rate.map(|rate| OfferedLoad::Rate(rate.as_per_second()))
            }
            LoadUnit::Users => {
                let users = text.parse::<u64>().ok();
                let users = users.filter(|users| (1..=USERS_MAX).contains(users));
                users.map(OfferedLoad::Users)
            }
        };
        read.ok_or_else(|| {
            let what = match self.unit {
                LoadUnit::PerSecond => {
                    "a rate such as 150/s, above 0 and up to 100000000/s".to_owned()
                }
                LoadUnit::Users => format!("a number of users from 1 to {USERS_MAX}"),
            };
            let error = anyhow::anyhow!("{flag} {text:?} is not {what}");
            Failure::new(Code::Usage, error).hint(format!(
                "the load {:?} is searched by {}",
                self.name,
                match self.unit {
                    LoadUnit::PerSecond => "its rate",
                    LoadUnit::Users => "its number of virtual users",
                }
            ))
        })
    }

    /// The plan of the trial with this number.
    pub(super) fn trial(
        &self,
        plan: &Plan,
        number: u64,
        offered: OfferedLoad,
        span: Nanos,
    ) -> Plan {
        let mut trial = plan.clone();
        // Arrivals of its own: with those of the last trial, it would only repeat its verdict.
        trial.lead.seed = Seed(plan.lead.seed.0.wrapping_add(number));
        // Once the first trial has begun, the target is there.
        trial.target.preflight &= number == 0;
        let over = span + SETTLING;
        for (number, load) in trial.loads.iter_mut().enumerate() {
            let offered = (number == self.number).then_some(offered);
            load.start = Nanos::ZERO;
            load.warmup = SETTLING;
            match &mut load.model {
                LoadModel::Rate(rate) => *rate = steady_rate(rate, offered, over),
                LoadModel::Users(users) => users.crew = steady_crew(users, offered, over),
                LoadModel::Salesforce(_) => {}
            }
        }
        for threshold in &mut trial.thresholds {
            // A lower limit may still be reached later.
            let is_upper = goals::is_upper(threshold.comparison);
            threshold.abort_after = is_upper.then_some(SETTLING);
        }
        trial
    }

    /// The plan of probes for recovery: a few callouts of the searched load alone.
    pub(super) fn probes(&self, plan: &Plan, over: Nanos) -> Plan {
        let mut probes = plan.clone();
        let searched = probes.loads.swap_remove(self.number);
        let few = RateLoad {
            shape: constant(Rate::per_second(PROBES_PER_S), over, Arrivals::Uniform),
            max_in_flight: PROBES_IN_FLIGHT,
            overflow: Overflow::Queue,
            tick: Nanos::ZERO,
            share: None,
            shard: None,
        };
        probes.loads = vec![Load {
            model: LoadModel::Rate(few),
            start: Nanos::ZERO,
            warmup: Nanos::ZERO,
            ..searched
        }];
        probes.target.preflight = false;
        probes.target.early_stop = false;
        probes.negative = None;
        probes.thresholds.clear();
        probes
    }
}

/// The number of the load that is searched.
fn chosen(plan: &Plan, name: Option<&str>) -> Result<usize, Failure> {
    if let Some(name) = name {
        let number = plan.loads.iter().position(|load| load.name == name);
        return number.ok_or_else(|| {
            let error = anyhow::anyhow!("the scenario has no load with the name {name:?}");
            Failure::new(Code::Usage, error).hint(format!("its loads are: {}", names(plan)))
        });
    }
    let with_rate = |load: &Load| matches!(load.model, LoadModel::Rate(_));
    let mut rates = (0..plan.loads.len()).filter(|number| with_rate(&plan.loads[*number]));
    match (plan.loads.len(), rates.next(), rates.next()) {
        (1, ..) => Ok(0),
        (_, Some(only), None) => Ok(only),
        _ => Err(Failure::new(
            Code::Usage,
            anyhow::anyhow!("the scenario has several loads, and a search changes one of them"),
        )
        .hint(format!(
            "name it: --load NAME; its loads are: {}",
            names(plan)
        ))),
    }
}

fn names(plan: &Plan) -> String {
    let names = plan.loads.iter().map(|load| load.name.as_str());
    names.collect::<Vec<_>>().join(", ")
}

/// What a load is a number of, and what the scenario asks for.
fn searchable(load: &Load) -> Result<(LoadUnit, OfferedLoad), Failure> {
    match &load.model {
        LoadModel::Rate(rate) if matches!(rate.shape, ArrivalShape::Stages { .. }) => {
            let peak = OfferedLoad::Rate(rate.peak_per_s());
            Ok((LoadUnit::PerSecond, peak))
        }
        LoadModel::Users(users) => {
            let most = OfferedLoad::Users(count(users.users()));
            Ok((LoadUnit::Users, most))
        }
        LoadModel::Rate(_) | LoadModel::Salesforce(_) => Err(refused(
            &format!(
                "the load {:?} has neither a rate nor a number of users to change: {load}",
                load.name
            ),
            "search a load of the kind \"rate\" or \"users\"",
        )),
    }
}

/// Whether a load beside the searched one can go on for as long as a trial.
fn is_steady(load: &Load) -> bool {
    match &load.model {
        LoadModel::Rate(rate) => {
            matches!(&rate.shape, ArrivalShape::Stages { stages, .. } if stages.len() == 1)
                && !rate.changes()
        }
        LoadModel::Users(users) => {
            matches!(&users.crew, Crew::Timed(stages) if stages.iter().all(|one| one.from == one.to)
                && stages.len() == 1)
        }
        LoadModel::Salesforce(_) => false,
    }
}

/// A load with one rate: the offered one, or its own.
fn steady_rate(rate: &RateLoad, offered: Option<OfferedLoad>, over: Nanos) -> RateLoad {
    let ArrivalShape::Stages { stages, arrivals } = &rate.shape else {
        return rate.clone();
    };
    let own = stages.iter().find_map(|stage| stage.to);
    let offered = offered.and_then(|offered| offered.to_string().parse().ok());
    RateLoad {
        shape: constant(offered.or(own), over, *arrivals),
        ..rate.clone()
    }
}

/// Users for a time: as many as offered, or as many as there are.
fn steady_crew(users: &UsersLoad, offered: Option<OfferedLoad>, over: Nanos) -> Crew {
    let crew = match offered {
        Some(OfferedLoad::Users(offered)) => index(offered),
        Some(OfferedLoad::Rate(_)) | None => users.users(),
    };
    Crew::Timed(vec![CrewStage {
        from: crew,
        to: crew,
        over,
    }])
}

fn constant(rate: Option<Rate>, over: Nanos, arrivals: Arrivals) -> ArrivalShape {
    ArrivalShape::Stages {
        stages: vec![Stage::hold(rate, over)],
        arrivals,
    }
}

fn refused(what: &str, hint: &str) -> Failure {
    Failure::new(Code::ScenarioInvalid, anyhow::anyhow!("{what}")).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario;

    fn plan(loads: &str) -> Plan {
        let text = format!(
            "schema = 1\nname = \"capacity\"\n[target]\nurl = \"embedded\"\n{loads}\n[thresholds]\n\
             \"latency.p99\" = \"< 200ms\"\nachieved = \"> 1/s\"\n"
        );
        scenario::parse("capacity.toml", &text, &[]).unwrap()
    }

    const RATE: &str = "[[load]]\nname = \"leads\"\nkind = \"rate\"\nrate = \"40/s\"\nfor = \"9s\"\nwarmup = \"3s\"\n\
                        max_in_flight = 7\n";
    const USERS: &str = "[[load]]\nname = \"people\"\nkind = \"users\"\nusers = 3\nfor = \"9s\"\n";

    #[test]
    fn a_trial_offers_its_load_for_its_span_after_settling() {
        let plan = plan(&format!("{RATE}{USERS}"));
        let load = SearchedLoad::of(&plan, None).unwrap();
        assert_eq!(
            (load.name.as_str(), load.own),
            ("leads", OfferedLoad::Rate(40.0))
        );
        let trial = load.trial(&plan, 0, OfferedLoad::Rate(113.1), Nanos::from_secs(20));
        assert_eq!(trial.loads[0].to_string(), "113.1/s poisson for 21.0 s");
        assert_eq!(trial.loads[1].duration(), Some(Nanos::from_secs(21)));
        assert_eq!(trial.users(), 3);
        let LoadModel::Rate(rate) = &trial.loads[0].model else {
            panic!("it is a rate");
        };
        assert_eq!(rate.max_in_flight, 7);
        // Only an upper limit can be certain to break.
        let aborts = trial.thresholds.iter().map(|one| one.abort_after);
        assert_eq!(aborts.take(2).collect::<Vec<_>>(), [Some(SETTLING), None]);
    }

    #[test]
    fn each_trial_has_arrivals_of_its_own() {
        let plan = plan(RATE);
        let load = SearchedLoad::of(&plan, None).unwrap();
        let seed = |number| {
            let trial = load.trial(&plan, number, OfferedLoad::Rate(50.0), Nanos::from_secs(20));
            trial.lead.seed
        };
        assert_eq!(seed(3), seed(3));
        assert_ne!(seed(3), seed(4));
    }

    #[test]
    fn users_are_offered_by_their_number() {
        let plan = plan(&format!("{RATE}{USERS}"));
        let load = SearchedLoad::of(&plan, Some("people")).unwrap();
        let trial = load.trial(&plan, 0, OfferedLoad::Users(12), Nanos::from_secs(20));
        assert_eq!(trial.users(), 12);
        assert_eq!(trial.loads[0].to_string(), "40/s poisson for 21.0 s");
        assert_eq!(load.read("--from", "12").unwrap(), OfferedLoad::Users(12));
        assert_eq!(load.read("--from", "0").unwrap_err().code(), Code::Usage);
    }

    #[test]
    fn probes_are_few_and_alone() {
        let plan = plan(&format!("{RATE}{USERS}"));
        for name in ["leads", "people"] {
            let load = SearchedLoad::of(&plan, Some(name)).unwrap();
            let probes = load.probes(&plan, Nanos::from_secs(2));
            assert_eq!(probes.loads.len(), 1);
            assert_eq!(probes.loads[0].name, name);
            assert_eq!(probes.loads[0].to_string(), "4/s uniform for 2.00 s");
        }
    }

    #[test]
    fn a_load_beside_the_searched_one_must_be_steady() {
        let ramp = "[[load]]\nname = \"ramp\"\nkind = \"rate\"\nstages = [{ to = \"9/s\", over = \"2s\" }, \
                    { to = \"5/s\", over = \"2s\" }]\n";
        let plan = plan(&format!("{RATE}{ramp}"));
        let refused = SearchedLoad::of(&plan, Some("leads")).unwrap_err();
        assert!(refused.to_string().contains("is not steady"), "{refused}");
        // Searched itself, its stages are replaced.
        let load = SearchedLoad::of(&plan, Some("ramp")).unwrap();
        assert_eq!(load.own, OfferedLoad::Rate(9.0));
    }
}
