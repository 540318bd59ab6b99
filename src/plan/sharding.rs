//! A plan reduced to one shard of it.
//!
//! Arrivals, users and iterations are dealt out one by one: the n-th belongs to the shard whose place is the
//! remainder of n and the number of shards. Each keeps its number, so all shards together send what one
//! process would have sent. An org stays whole, because its limits are what is imitated.

use super::{LoadModel, Plan, Shard, SigningMode};

/// Why a plan cannot be shared.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum NotShared {
    /// Each shard would have a target of its own.
    #[error("the embedded target belongs to one process, so {0} shards would test {0} targets")]
    EmbeddedTarget(u32),
    /// Some shards would have no slot.
    #[error("the load \"{load}\" has {slots} slots (max_in_flight) for {shards} shards")]
    TooFewSlots {
        /// The load.
        load: String,
        /// Its `max_in_flight`.
        slots: usize,
        /// How many shards there are.
        shards: u32,
    },
    /// Some shards would have no user.
    #[error("the load \"{load}\" has {users} virtual users for {shards} shards")]
    TooFewUsers {
        /// The load.
        load: String,
        /// Its users.
        users: usize,
        /// How many shards there are.
        shards: u32,
    },
    /// Some shards would have nothing to do.
    #[error("the scenario has {orgs} Salesforce orgs for {shards} shards, and an org stays whole")]
    TooFewOrgs {
        /// The orgs.
        orgs: usize,
        /// How many shards there are.
        shards: u32,
    },
}

impl Plan {
    /// Reduces it to a shard.
    ///
    /// # Errors
    ///
    /// It cannot be shared by so many.
    pub fn take_shard(&mut self, shard: Shard) -> Result<(), NotShared> {
        let shards = shard.of();
        if self.target.address.authority().is_none() && shards > 1 {
            return Err(NotShared::EmbeddedTarget(shards));
        }
        let closed_orgs = self.orgs().filter(|(_, _, org)| !org.is_open()).count();
        if closed_orgs == self.loads.len() && closed_orgs < shard.count() {
            return Err(NotShared::TooFewOrgs {
                orgs: closed_orgs,
                shards,
            });
        }
        let mut org_number = 0;
        for load in &mut self.loads {
            let name = || load.name.clone();
            match &mut load.model {
                LoadModel::Rate(rate) => {
                    if rate.max_in_flight < shard.count() {
                        let slots = rate.max_in_flight;
                        return Err(NotShared::TooFewSlots {
                            load: name(),
                            slots,
                            shards,
                        });
                    }
                    rate.max_in_flight = shard.share(rate.max_in_flight);
                    rate.shard = Some(shard);
                }
                LoadModel::Users(users) => {
                    if users.users() < shard.count() {
                        let users = users.users();
                        return Err(NotShared::TooFewUsers {
                            load: name(),
                            users,
                            shards,
                        });
                    }
                    users.shard = Some(shard);
                }
                LoadModel::Salesforce(org) if org.is_open() => {
                    org.workers = shard.share(org.workers).max(1);
                    org.shard = Some(shard);
                    if let super::Release::Stream { rate, .. } = &mut org.release {
                        rate.shard = Some(shard);
                    }
                }
                LoadModel::Salesforce(org) => {
                    if org_number % shard.count() != shard.place() {
                        org.workers = 0;
                    }
                    org_number += 1;
                }
            }
        }
        self.shard = Some(shard);
        Ok(())
    }

    /// The access tokens and cached tokens that all shards together make instead of one, for each load; 1 if
    /// each callout has its own anyway.
    pub fn token_copies(&self) -> u64 {
        let shards = self.shard.map_or(1, |shard| u64::from(shard.of()));
        let is_shared = |number| {
            let auth = self.auth_of(number);
            auth.is_some_and(|auth| auth.exchange.is_some() || auth.signing == SigningMode::Reuse)
        };
        let any = (0..self.loads.len()).any(is_shared);
        if any { shards } else { 1 }
    }
}
