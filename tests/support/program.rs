//! The command line as its tests start it.

use crate::plain::assert_plain;
use std::io::Write;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// Runs the program in `folder`. What it says on standard error is for people, whatever happens.
#[track_caller]
pub fn chmr(folder: &TempDir, args: &[&str], stdin: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_chmr"))
        .args(args)
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A child that has no use for its input closes it.
    let _ = child.stdin.take().unwrap().write_all(stdin);
    let output = child.wait_with_output().unwrap();
    assert_plain(&text(&output.stderr), &args.join(" "));
    output
}

/// UTF-8, as all that the program writes.
#[track_caller]
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}
