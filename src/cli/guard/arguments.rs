//! What the command line permits, for every command that starts a run.

use std::ffi::OsStr;

use clap::Command;
use clap::builder::{NonEmptyStringValueParser, TypedValueParser};
use clap::error::ErrorKind;

use super::{KillSwitch, Permissions};
use crate::cli::exit::Failure;
#[cfg(feature = "fleet")]
use crate::plan::Override;
use crate::plan::{Contact, Host, Plan};

/// Arguments of the guard.
#[derive(Clone, Debug, Default, clap::Args)]
pub(in crate::cli) struct GuardArgs {
    /// Allow sending to this host; may be repeated
    #[arg(long, value_name = "HOST", value_parser = host)]
    allow: Vec<Host>,
    /// Allow sending a token to this host over plain http; may be repeated
    #[arg(long, value_name = "HOST", value_parser = host)]
    allow_plaintext: Vec<Host>,
    /// Send to this host without caps, even if its name looks like production; may be repeated
    #[arg(long, value_name = "HOST", value_parser = host)]
    i_own_this_target: Vec<Host>,
    /// Send this contact in `User-Agent`, in place of Salesforce's: mailto:load@example.com
    #[arg(long, value_name = "CONTACT", value_parser = ContactParser)]
    identify: Option<Contact>,
    /// End the run, as Ctrl-C does, as soon as this file exists
    #[arg(long, value_name = "FILE", value_parser = NonEmptyStringValueParser::new())]
    kill_switch: Option<String>,
}

impl GuardArgs {
    /// What it permits.
    pub(in crate::cli) fn permissions(&self) -> Permissions<'_> {
        Permissions {
            allowed: &self.allow,
            plaintext: &self.allow_plaintext,
            owned: &self.i_own_this_target,
        }
    }

    /// The contact of the sender as a change of the scenario, if given.
    #[cfg(feature = "fleet")]
    pub(in crate::cli) fn identity(&self) -> Option<Override> {
        let contact = self.identify.as_ref()?;
        Some(Override::set("target.identify", &contact.to_string()))
    }

    /// Sets the contact of the sender in a plan, if given.
    pub(in crate::cli) fn identify(&self, plan: &mut Plan) {
        if self.identify.is_some() {
            plan.target.identify.clone_from(&self.identify);
        }
    }

    /// The kill switch, if there is one.
    ///
    /// # Errors
    ///
    /// The file exists already, or its folder does not exist.
    pub(in crate::cli) fn kill_switch(&self) -> Result<Option<KillSwitch>, Failure> {
        self.kill_switch.as_ref().map(KillSwitch::ready).transpose()
    }

    /// These arguments as a command line, for a run in a process of its own.
    pub(in crate::cli) fn words(&self) -> Vec<String> {
        let Self {
            allow,
            allow_plaintext,
            i_own_this_target,
            identify,
            kill_switch,
        } = self;
        let hosts = [
            ("--allow", allow),
            ("--allow-plaintext", allow_plaintext),
            ("--i-own-this-target", i_own_this_target),
        ];
        let hosts = hosts
            .into_iter()
            .flat_map(|(flag, hosts)| hosts.iter().map(move |host| format!("{flag}={host}")));
        let identify = identify.iter().map(|who| format!("--identify={who}"));
        let kill_switch = kill_switch
            .iter()
            .map(|file| format!("--kill-switch={file}"));
        hosts.chain(identify).chain(kill_switch).collect()
    }
}

fn host(text: &str) -> Result<Host, String> {
    Host::parse(text)
        .ok_or_else(|| "write a host name or address without scheme, port or path".to_owned())
}

/// Reads a contact; an error does not repeat the text, because it may be a secret.
#[derive(Clone, Copy, Debug)]
struct ContactParser;

impl TypedValueParser for ContactParser {
    type Value = Contact;

    fn parse_ref(
        &self,
        command: &Command,
        _argument: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<Contact, clap::Error> {
        let contact = value
            .to_str()
            .ok_or("is not UTF-8")
            .and_then(Contact::parse);
        contact.map_err(|why| {
            let said = format!(
                "the value of --identify {why}; write a contact: mailto:load-tests@example.com, \
                 or a URL\n"
            );
            clap::Error::raw(ErrorKind::ValueValidation, said).with_cmd(command)
        })
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Words {
        #[command(flatten)]
        guard: GuardArgs,
    }

    // What a duel is given, its runs are given.
    #[test]
    fn words_are_read_as_they_are_written() {
        let given = [
            "--allow=a.example.com",
            "--allow=::1",
            "--allow-plaintext=b.example.com",
            "--i-own-this-target=c.example.com",
            "--identify=mailto:load@example.com",
            "--kill-switch=-a stop",
        ];
        let read = Words::try_parse_from(["x"].iter().chain(&given)).unwrap();
        assert_eq!(read.guard.words(), given);
        assert!(GuardArgs::default().words().is_empty());
    }
}
