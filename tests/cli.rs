//! The binary as a user runs it: whole commands, in a folder of their own, over loopback.
//!
//! What a command leaves behind, how it ends, and what it says; with a target that works,
//! with one that misbehaves in every way that a socket allows, and with none at all.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a test from the outside reads files, tells the time and waits for processes"
)]

#[cfg(test)]
#[path = "cli/account.rs"]
mod account;
#[cfg(test)]
#[path = "cli/broken.rs"]
mod broken;
#[cfg(test)]
#[path = "cli/check_command.rs"]
mod check_command;
#[cfg(test)]
#[path = "cli/closed_port.rs"]
mod closed_port;
#[cfg(test)]
#[path = "cli/compared.rs"]
mod compared;
#[cfg(test)]
#[path = "cli/connections.rs"]
mod connections;
#[cfg(test)]
#[path = "cli/distant.rs"]
mod distant;
#[cfg(test)]
#[path = "cli/doctor.rs"]
mod doctor;
#[cfg(test)]
#[path = "cli/dueled.rs"]
mod dueled;
#[cfg(test)]
#[path = "cli/dumps.rs"]
mod dumps;
#[cfg(test)]
#[path = "cli/exchange.rs"]
mod exchange;
#[cfg(test)]
#[path = "cli/expected.rs"]
mod expected;
#[cfg(test)]
#[path = "cli/fault_server.rs"]
mod fault_server;
#[cfg(test)]
#[path = "cli/faults.rs"]
mod faults;
#[cfg(test)]
#[cfg(feature = "fleet")]
#[path = "cli/fleet.rs"]
mod fleet;
#[cfg(test)]
#[path = "cli/followed.rs"]
mod followed;
#[cfg(test)]
#[path = "cli/guarded.rs"]
mod guarded;
#[cfg(test)]
#[path = "cli/imports.rs"]
mod imports;
#[cfg(test)]
#[path = "cli/key_chains.rs"]
mod key_chains;
#[cfg(test)]
#[path = "cli/key_files.rs"]
mod key_files;
#[cfg(test)]
#[path = "cli/key_stores.rs"]
mod key_stores;
#[cfg(test)]
#[path = "cli/leads.rs"]
mod leads;
#[cfg(test)]
#[path = "cli/loads.rs"]
mod loads;
#[cfg(test)]
#[path = "cli/main_job.rs"]
mod main_job;
#[cfg(test)]
#[path = "cli/matrix.rs"]
mod matrix;
#[cfg(test)]
#[path = "cli/minting.rs"]
mod minting;
#[cfg(test)]
#[path = "cli/name_lookup.rs"]
mod name_lookup;
#[cfg(test)]
#[path = "cli/negative.rs"]
mod negative;
#[cfg(test)]
#[path = "cli/no_files.rs"]
mod no_files;
#[cfg(test)]
#[path = "cli/orgs.rs"]
mod orgs;
#[cfg(test)]
#[path = "cli/out_folder.rs"]
mod out_folder;
#[cfg(test)]
#[path = "cli/peers.rs"]
mod peers;
#[cfg(test)]
#[path = "cli/places.rs"]
mod places;
#[cfg(test)]
#[path = "cli/private_files.rs"]
mod private_files;
#[cfg(test)]
#[path = "cli/proxies.rs"]
mod proxies;
#[cfg(test)]
#[path = "cli/rates.rs"]
mod rates;
#[cfg(test)]
#[path = "cli/recovered.rs"]
mod recovered;
#[cfg(test)]
#[path = "cli/refusals.rs"]
mod refusals;
#[cfg(test)]
#[path = "cli/remedies.rs"]
mod remedies;
#[cfg(test)]
#[path = "cli/resources.rs"]
mod resources;
#[cfg(test)]
#[path = "cli/searches.rs"]
mod searches;
#[cfg(test)]
#[path = "cli/secrets.rs"]
mod secrets;
#[cfg(test)]
#[path = "cli/settings.rs"]
mod settings;
#[cfg(test)]
#[path = "cli/shards.rs"]
mod shards;
#[cfg(test)]
#[path = "cli/signals.rs"]
mod signals;
#[cfg(test)]
#[path = "cli/signing_modes.rs"]
mod signing_modes;
#[cfg(test)]
#[path = "cli/stopped.rs"]
mod stopped;
#[cfg(test)]
#[path = "cli/streams.rs"]
mod streams;
#[cfg(test)]
#[path = "cli/support.rs"]
mod support;
#[cfg(test)]
#[path = "cli/target_process.rs"]
mod target_process;
#[cfg(test)]
#[path = "cli/telemetry.rs"]
mod telemetry;
#[cfg(test)]
#[path = "cli/tls.rs"]
mod tls;
#[cfg(test)]
#[path = "cli/token_sources.rs"]
mod token_sources;
#[cfg(test)]
#[path = "cli/virtual_users.rs"]
mod virtual_users;
#[cfg(test)]
#[path = "cli/waiting.rs"]
mod waiting;
#[cfg(test)]
#[path = "cli/watched.rs"]
mod watched;
#[cfg(test)]
#[path = "cli/wire.rs"]
mod wire;
#[cfg(test)]
#[path = "cli/written_down.rs"]
mod written_down;
