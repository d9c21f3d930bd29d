//! The machine that is measured on: what it is, which core a process keeps to, and what a process took of it.
//!
//! Linux tells all of it in `/proc`; elsewhere what is not known is shown as unknown.

use std::fs;
use std::process::Command;
use std::time::Duration;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The cores that the two sides of a measure keep to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// What is measured.
    Client,
    /// What answers it.
    Server,
}

/// Binds this process, and what it starts from here on, to its side's core. False where there are not two cores to
/// tell apart, or the system does not take orders.
pub fn keep_to(side: Side) -> bool {
    let cores = core_affinity::get_core_ids().unwrap_or_default();
    let core = match side {
        Side::Client => cores.last(),
        Side::Server => cores.first(),
    };
    cores.len() > 1 && core.is_some_and(|core| core_affinity::set_for_current(*core))
}

/// One line on the machine: processor, cores, kernel, compiler.
pub fn description() -> String {
    let cpu = fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("model name"))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    });
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").map(|it| it.trim().to_owned()).ok();
    let rustc = Command::new("rustc").arg("--version").output().ok();
    let rustc = rustc.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let unknown = || "unknown".to_owned();
    format!(
        "{}, {cores} cores, {} {}, {}",
        cpu.unwrap_or_else(unknown),
        std::env::consts::OS,
        kernel.unwrap_or_else(unknown),
        rustc.unwrap_or_else(unknown)
    )
}

/// The time, to the second, in UTC.
pub fn now() -> String {
    let now = OffsetDateTime::now_utc();
    now.replace_nanosecond(0).unwrap_or(now).format(&Rfc3339).unwrap_or_default()
}

/// The ticks in which the kernel counts processor time.
const TICKS_PER_SECOND: u64 = 100;

/// The processor time of the children that this process has waited for so far.
pub fn children_cpu() -> Option<Duration> {
    let text = fs::read_to_string("/proc/self/stat").ok()?;
    // The name may hold anything; behind it stand the fields from the third on, of which 16 and 17 are the children's
    // user and system time.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
    Some(Duration::from_millis((ticks(16)? + ticks(17)?) * 1000 / TICKS_PER_SECOND))
}

/// The most memory that a process has had so far, in bytes.
pub fn peak_memory(pid: u32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}
