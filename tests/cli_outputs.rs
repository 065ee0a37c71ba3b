//! What the command line writes: no input, model, table or earlier output is lost, whatever ends a command, and no
//! temporary file stays. A test a command, each through every way of failing.
#![cfg(unix)]

#[path = "support/plain.rs"]
mod plain;
#[path = "support/skip.rs"]
mod skip;
mod support;

use chmr::features::Fingerprint;
use chmr::reference::TableWriter;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const EARLIER: &[u8] = b"what was computed yesterday\n";

/// A command that writes: its arguments but for the output, and which of them are files that it reads.
struct Writer {
    args: &'static [&'static str],
    reads: &'static [&'static str],
    /// Which of those is the input that may be standard input; it goes with `--input-format smi`.
    streams: Option<&'static str>,
}

/// A folder with every file that the commands read, and an earlier output.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    put("m.chmr", &support::whole());
    let mut smiles = String::new();
    let mut table = String::from("id,smiles,g1,g2\n");
    for i in 1..40 {
        let molecule = format!("{}O", "C".repeat(i));
        smiles += &format!("{molecule} m{i}\n");
        table += &format!("m{i},{molecule},{},{}\n", i as f32 / 4.0, i % 3);
    }
    put("a.smi", smiles.as_bytes());
    put("profiles.csv", table.as_bytes());
    put("genes.tsv", b"id\tsymbol\ng1\tONE\ng2\tTWO\n");
    put("known.csv", b"smiles,targets,strength\nCCO,A|B,1\nCCCO,B,2\nCCCCO,A,3\n");
    let build = ["library", "build", "--profiles", "profiles.csv", "--modality", "expression"];
    done(&run(&folder, &[&build[..], &["-o", "e.chmrlib"]].concat()));
    done(&run(&folder, &["library", "pack", "a.smi", "-o", "t.fps"]));
    put("out", EARLIER);
    fs::create_dir(folder.path().join("sub")).unwrap();
    folder
}

/// The program as a terminal starts it. Tests that run in the background inherit ignored signals, which it would go on ignoring.
fn command(folder: &TempDir, args: &[&str]) -> Command {
    let mut command = if cfg!(target_os = "linux") {
        let mut env = Command::new("env");
        env.args(["--default-signal=HUP,INT,QUIT,TERM", env!("CARGO_BIN_EXE_chmr")]);
        env
    } else {
        Command::new(env!("CARGO_BIN_EXE_chmr"))
    };
    command.args(args).current_dir(folder.path()).stdin(Stdio::null());
    command
}

#[track_caller]
fn run(folder: &TempDir, args: &[&str]) -> Output {
    let output = command(folder, args).output().unwrap();
    plain::assert_plain(&text(&output.stderr), &args.join(" "));
    output
}

fn done(out: &Output) {
    assert!(out.status.success(), "{}", text(&out.stderr));
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Every file beneath a folder, hidden ones too, with its bytes.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap().map(|e| e.unwrap()) {
        let name = entry.file_name().into_string().unwrap();
        if entry.file_type().unwrap().is_dir() {
            all.extend(files(&entry.path()).into_iter().map(|(n, b)| (format!("{name}/{n}"), b)));
        } else {
            all.insert(name, fs::read(entry.path()).unwrap_or_default());
        }
    }
    all
}

/// Runs the command as a shell does behind `before`.
fn after(folder: &TempDir, before: &str, args: &[&str]) -> Output {
    Command::new("sh")
        .args(["-c", &format!("{before}; exec \"$0\" \"$@\""), env!("CARGO_BIN_EXE_chmr")])
        .args(args)
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// Sends a signal to a child that has begun its output.
fn signal(child: &Child, name: &str) {
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
}

/// More comments than are looked at to tell the format, so that a stream of molecules is begun before its end.
fn lead() -> Vec<u8> {
    b"#\n".repeat(80_000)
}

/// Waits until the folder holds a temporary file.
fn begun(folder: &TempDir) {
    let start = Instant::now();
    while !files(folder.path()).keys().any(|name| name.ends_with(".part")) {
        assert!(start.elapsed() < Duration::from_secs(60), "no output was begun");
        std::thread::sleep(Duration::from_millis(2));
    }
}

impl Writer {
    fn with<'a>(&self, more: &[&'a str]) -> Vec<&'a str> {
        [self.args, more].concat()
    }

    /// The arguments with `input` in place of the file that the command streams.
    fn streaming<'a>(&self, input: &'a str) -> Option<Vec<&'a str>> {
        let file = self.streams?;
        let args = self.args.iter().map(|&a| if a == file { input } else { a });
        Some(args.chain(["--input-format", "smi"]).collect())
    }

    /// Goes through all of it.
    fn holds(&self) {
        let folder = folder();
        self.refuses_what_it_reads(&folder);
        self.fails_before_it_writes(&folder);
        self.fails_while_it_writes(&folder);
        self.is_interrupted(&folder);
        self.succeeds(&folder);
    }

    /// Runs to an error that leaves every file as it was.
    fn refused(
        &self,
        folder: &TempDir,
        args: &[&str],
        needle: &str,
        run: impl Fn(&[&str]) -> Output,
    ) {
        let before = files(folder.path());
        let out = run(args);
        let told = text(&out.stderr);
        assert!(out.status.code().is_some_and(|c| c != 0), "{args:?}: {:?} {told}", out.status);
        assert!(told.contains(needle), "{args:?}: {told}");
        let now = files(folder.path());
        assert!(now == before, "{args:?}: {:?} became {:?}", before.keys(), now.keys());
    }

    fn refuses_what_it_reads(&self, folder: &TempDir) {
        let at = |name: &str| folder.path().join(name);
        for &file in self.reads {
            symlink(at(file), at("link")).unwrap();
            symlink("../link", at("sub/link")).unwrap();
            fs::hard_link(at(file), at("hard")).unwrap();
            let whole = at(file).to_string_lossy().into_owned();
            let spellings = [
                file.to_owned(),
                format!("./{file}"),
                format!("sub/../{file}"),
                whole,
                "link".into(),
                "sub/link".into(),
                "hard".into(),
            ];
            for output in spellings {
                let needle = "the same file as the input";
                self.refused(folder, &self.with(&["-o", &output]), needle, |a| run(folder, a));
            }
            ["link", "sub/link", "hard"].iter().for_each(|l| fs::remove_file(at(l)).unwrap());
        }
    }

    fn fails_before_it_writes(&self, folder: &TempDir) {
        for &file in self.reads {
            let typo = |a: &&'static str| if *a == file { "typo.smi" } else { *a };
            let args: Vec<&str> = self.args.iter().map(typo).chain(["-o", "out"]).collect();
            self.refused(folder, &args, "typo.smi", |a| run(folder, a));
        }
        for (more, needle) in
            [(&["--no-such-option"][..], "--no-such-option"), (&["-o", "second"], "--output")]
        {
            let args = [&self.with(&["-o", "out"])[..], more].concat();
            self.refused(folder, &args, needle, |a| run(folder, a));
        }
        let nowhere = self.with(&["-o", "no/where"]);
        self.refused(folder, &nowhere, "no/where", |a| run(folder, a));
        self.refused(folder, &self.with(&["-o", "sub"]), "folder", |a| run(folder, a));
    }

    fn fails_while_it_writes(&self, folder: &TempDir) {
        self.refused(folder, &self.with(&["-o", "/dev/full"]), "/dev/full", |a| run(folder, a));
        // A block or two, which all outputs exceed; the first time through a link.
        symlink("out", folder.path().join("link")).unwrap();
        for output in ["link", "out", "new"] {
            let args = self.with(&["-o", output]);
            let needle = format!("{output}: File too large");
            self.refused(folder, &args, &needle, |a| after(folder, "ulimit -f 1", a));
        }
        fs::remove_file(folder.path().join("link")).unwrap();
    }

    fn is_interrupted(&self, folder: &TempDir) {
        let Some(mut args) = self.streaming("-") else {
            return self.is_interrupted_anywhere(folder);
        };
        args.extend(["-o", "out"]);
        let before = files(folder.path());
        for (name, number) in [("INT", 2), ("TERM", 15), ("HUP", 1), ("QUIT", 3)] {
            let mut command = command(folder, &args);
            let mut child = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
            let mut input = child.stdin.take().unwrap();
            input.write_all(&lead()).unwrap();
            begun(folder);
            signal(&child, name);
            let out = child.wait_with_output().unwrap();
            assert_eq!(out.status.signal(), Some(number), "{name}: {}", text(&out.stderr));
            assert!(files(folder.path()) == before, "{name}");
        }
    }

    /// A command that is too quick to be met in the middle: the output is the earlier one or whole.
    fn is_interrupted_anywhere(&self, folder: &TempDir) {
        let args = self.with(&["-o", "out"]);
        let before = files(folder.path());
        done(&run(folder, &args));
        let after = files(folder.path());
        for wait in [0, 1, 2, 4, 8, 16] {
            fs::write(folder.path().join("out"), EARLIER).unwrap();
            let child = command(folder, &args).stderr(Stdio::null()).spawn().unwrap();
            std::thread::sleep(Duration::from_millis(wait));
            signal(&child, "INT");
            child.wait_with_output().unwrap();
            let now = files(folder.path());
            assert!(now == before || now == after, "after {wait} ms: {:?}", now.keys());
        }
        fs::write(folder.path().join("out"), EARLIER).unwrap();
    }

    /// What is there is replaced, a link's target and not the link; the mode stays.
    fn succeeds(&self, folder: &TempDir) {
        let at = |name: &str| folder.path().join(name);
        symlink("out", at("link")).unwrap();
        fs::set_permissions(at("out"), fs::Permissions::from_mode(0o640)).unwrap();
        let before = files(folder.path());
        done(&run(folder, &self.with(&["-o", "link"])));
        let after = files(folder.path());
        assert!(after["out"] != before["out"] && after["link"] == after["out"]);
        assert!(before.keys().eq(after.keys()), "{:?}", after.keys());
        assert!(at("link").is_symlink());
        assert_eq!(fs::metadata(at("out")).unwrap().permissions().mode() & 0o777, 0o640);
        // A new one is like any other new file, and the same bytes.
        done(&after_umask(folder, &self.with(&["-o", "new"])));
        assert_eq!(fs::metadata(at("new")).unwrap().permissions().mode() & 0o777, 0o604);
        assert!(fs::read(at("new")).unwrap() == after["out"]);
    }
}

fn after_umask(folder: &TempDir, args: &[&str]) -> Output {
    after(folder, "umask 0062", args)
}

const PREDICT: Writer = Writer {
    args: &["predict", "--model", "m.chmr", "a.smi", "--trust"],
    reads: &["m.chmr", "a.smi"],
    streams: Some("a.smi"),
};
const IMPUTE: Writer = Writer {
    args: &[
        "impute",
        "--model",
        "m.chmr",
        "--library",
        "e.chmrlib",
        "--modality",
        "expression",
        "--observed",
        "profiles.csv",
        "a.smi",
    ],
    reads: &["m.chmr", "e.chmrlib", "profiles.csv", "a.smi"],
    streams: Some("a.smi"),
};
const ENCODE: Writer = Writer {
    args: &["encode", "--model", "m.chmr", "a.smi", "--latents"],
    reads: &["m.chmr", "a.smi"],
    streams: Some("a.smi"),
};
const NEIGHBORS: Writer = Writer {
    args: &["neighbors", "--model", "m.chmr", "--library", "e.chmrlib", "a.smi"],
    reads: &["m.chmr", "e.chmrlib", "a.smi"],
    streams: Some("a.smi"),
};
const NEIGHBORS_IN_A_TABLE: Writer = Writer {
    args: &["neighbors", "--table", "t.fps", "a.smi"],
    reads: &["t.fps", "a.smi"],
    streams: Some("a.smi"),
};
const FINGERPRINT: Writer =
    Writer { args: &["fingerprint", "a.smi"], reads: &["a.smi"], streams: Some("a.smi") };
const SHAPE: Writer =
    Writer { args: &["shape", "a.smi"], reads: &["a.smi"], streams: Some("a.smi") };
const BUILD: Writer = Writer {
    args: &[
        "library",
        "build",
        "--profiles",
        "profiles.csv",
        "--modality",
        "expression",
        "--labels",
        "genes.tsv",
        "--smiles",
        "a.smi",
        "--ignore",
        "smiles",
        "--context",
        "known.csv",
        "--context-columns",
        "targets",
    ],
    reads: &["profiles.csv", "genes.tsv", "a.smi", "known.csv"],
    streams: None,
};
const PACK: Writer =
    Writer { args: &["library", "pack", "a.smi"], reads: &["a.smi"], streams: Some("a.smi") };
const ATTACH: Writer = Writer {
    args: &["library", "attach", "--model", "m.chmr", "--library", "e.chmrlib"],
    reads: &["m.chmr", "e.chmrlib"],
    streams: None,
};

#[test]
fn predict() {
    PREDICT.holds();
}

#[test]
fn impute() {
    IMPUTE.holds();
}

#[test]
fn encode() {
    ENCODE.holds();
}

#[test]
fn neighbors() {
    NEIGHBORS.holds();
}

#[test]
fn neighbors_in_a_table() {
    NEIGHBORS_IN_A_TABLE.holds();
}

#[test]
fn fingerprint() {
    FINGERPRINT.holds();
}

#[test]
fn shape() {
    SHAPE.holds();
}

#[test]
fn library_build() {
    BUILD.holds();
}

#[test]
fn library_pack() {
    PACK.holds();
}

#[test]
fn library_attach() {
    ATTACH.holds();
}

/// On a disk that is full to the last block.
#[test]
fn a_full_disk() {
    let folder = folder();
    let disk = folder.path().join("disk");
    fs::create_dir(&disk).unwrap();
    let mount = ["-t", "tmpfs", "-o", "size=4k", "tmpfs"];
    let mounted = Command::new("mount").args(mount).arg(&disk).stderr(Stdio::null()).status();
    if !mounted.is_ok_and(|status| status.success()) {
        return skip::skip("a full disk: mounting a tmpfs is not allowed here");
    }
    fs::write(disk.join("out"), EARLIER).unwrap();
    let all = [PREDICT, IMPUTE, ENCODE, NEIGHBORS, FINGERPRINT, SHAPE, BUILD, PACK, ATTACH];
    let told = all.map(|writer| {
        let out = run(&folder, &writer.with(&["-o", "disk/out"]));
        (out.status.code(), text(&out.stderr), files(&disk))
    });
    assert!(Command::new("umount").arg(&disk).status().unwrap().success());
    for (code, told, files) in told {
        assert!(code == Some(1) && told.contains("No space left"), "{told}");
        assert!(files == BTreeMap::from([("out".into(), EARLIER.to_vec())]), "{told}");
    }
}

/// A shell's redirection has emptied `>` its file before the program starts; what it appends to is seen.
#[test]
fn standard_streams_are_files_too() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    let before = files(folder.path());
    for (args, input, output) in [
        (&["fingerprint", "a.smi"][..], None, Some("a.smi")),
        (&["fingerprint", "-", "--input-format", "smi"], Some("a.smi"), Some("a.smi")),
        (&["fingerprint", "-", "--input-format", "smi", "-o", "a.smi"], Some("a.smi"), None),
        (&["fingerprint", "a.smi", "-o", "/dev/stdout"], None, Some("a.smi")),
    ] {
        let mut command = command(&folder, args);
        input.iter().for_each(|name| _ = command.stdin(File::open(at(name)).unwrap()));
        let append = |name: &&str| File::options().append(true).open(at(name)).unwrap();
        output.iter().for_each(|name| _ = command.stdout(append(name)));
        let out = command.output().unwrap();
        assert_eq!(out.status.code(), Some(1));
        assert!(text(&out.stderr).contains("the same file as the input"), "{}", text(&out.stderr));
        assert!(files(folder.path()) == before);
    }
}

/// Compressed input and output, by their names.
#[test]
fn compressed_files_are_the_same_files() {
    let folder = folder();
    let gz = folder.path().join("a.smi.gz");
    let packed = File::create(&gz).unwrap();
    let mut packed = flate2::write::GzEncoder::new(packed, flate2::Compression::fast());
    packed.write_all(&fs::read(folder.path().join("a.smi")).unwrap()).unwrap();
    packed.finish().unwrap();
    let before = fs::read(&gz).unwrap();
    let out = run(&folder, &["fingerprint", "a.smi.gz", "-o", "./a.smi.gz"]);
    assert!(out.status.code() == Some(1) && fs::read(&gz).unwrap() == before);
    for limit in ["1", "unlimited"] {
        fs::write(folder.path().join("out.gz"), EARLIER).unwrap();
        let args = ["fingerprint", "a.smi.gz", "--bits", "65536", "--format", "jsonl"];
        let args = [&args[..], &["-o", "out.gz"]].concat();
        let out = after(&folder, &format!("ulimit -f {limit}"), &args);
        let now = fs::read(folder.path().join("out.gz")).unwrap();
        assert_eq!(out.status.success(), limit == "unlimited", "{}", text(&out.stderr));
        assert_eq!(now == EARLIER, limit == "1");
        assert!(!files(folder.path()).keys().any(|name| name.ends_with(".part")));
    }
}

/// What holds no earlier output is written as it comes.
#[test]
fn devices_and_pipes_are_written_directly() {
    let folder = folder();
    let fingerprint = |output| run(&folder, &["fingerprint", "a.smi", "-o", output]);
    let plain = run(&folder, &["fingerprint", "a.smi"]);
    done(&plain);
    for output in ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "-"] {
        let out = fingerprint(output);
        done(&out);
        assert!(out.stdout == plain.stdout, "{output}");
    }
    done(&fingerprint("/dev/null"));
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let mut child = command(&folder, &["fingerprint", "a.smi", "-o", "pipe"]).spawn().unwrap();
    assert!(fs::read(&pipe).unwrap() == plain.stdout);
    assert!(child.wait().unwrap().success());
    use std::os::unix::fs::FileTypeExt;
    assert!(fs::metadata(&pipe).unwrap().file_type().is_fifo());
    // A file by way of standard output: not another of its name, and what stands there stays.
    let out = after(&folder, "exec >> out", &["fingerprint", "a.smi", "-o", "/dev/stdout"]);
    done(&out);
    let now = fs::read(folder.path().join("out")).unwrap();
    assert!(now == [EARLIER, &plain.stdout[..]].concat());
}

/// A file that says it is not to be written is not replaced either.
#[test]
fn write_protection_is_heeded() {
    let folder = folder();
    let at = folder.path().join("out");
    fs::set_permissions(&at, fs::Permissions::from_mode(0o444)).unwrap();
    if File::options().write(true).open(&at).is_ok() {
        return skip::skip("write protection: this user may write everything");
    }
    let out = run(&folder, &["fingerprint", "a.smi", "-o", "out"]);
    assert!(out.status.code() == Some(1) && fs::read(&at).unwrap() == EARLIER);
}

/// Input that turns out to be damaged behind its first rows.
#[test]
fn half_an_input_makes_no_output() {
    let folder = folder();
    let gz = folder.path().join("cut.smi.gz");
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
    packed.write_all("CCO\n".repeat(100_000).as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    fs::write(&gz, &packed[..packed.len() / 2]).unwrap();
    for writer in [FINGERPRINT, PACK] {
        let args: Vec<&str> =
            writer.args.iter().map(|&a| if a == "a.smi" { "cut.smi.gz" } else { a }).collect();
        let before = files(folder.path());
        let out = run(&folder, &[&args[..], &["-o", "out"]].concat());
        assert_eq!(out.status.code(), Some(1), "{}", text(&out.stderr));
        assert!(text(&out.stderr).contains("cut.smi.gz"), "{}", text(&out.stderr));
        assert!(files(folder.path()) == before);
    }
}

/// A reader that leaves ends the program of SIGPIPE, without a word and with the earlier files.
#[test]
fn a_closed_pipe() {
    let folder = folder();
    for writer in [PREDICT, IMPUTE, ENCODE, NEIGHBORS, NEIGHBORS_IN_A_TABLE, FINGERPRINT, SHAPE] {
        let before = files(folder.path());
        let mut command = command(&folder, writer.args);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let out = child.wait_with_output().unwrap();
        assert_eq!(out.status.signal(), Some(13), "{:?} {}", out.status, text(&out.stderr));
        assert_eq!(text(&out.stderr), "");
        assert!(files(folder.path()) == before);
    }
}

/// Under `nohup` a program outlives its terminal.
#[test]
fn ignored_signals_stay_ignored() {
    let folder = folder();
    let mut child = Command::new("sh")
        .args(["-c", "trap '' HUP INT; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_chmr")])
        .args(["fingerprint", "-", "--input-format", "smi", "-o", "out"])
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.as_mut().unwrap().write_all(&lead()).unwrap();
    begun(&folder);
    signal(&child, "HUP");
    signal(&child, "INT");
    std::thread::sleep(Duration::from_millis(50));
    child.stdin.take().unwrap().write_all(b"CC\n").unwrap();
    done(&child.wait_with_output().unwrap());
    assert!(fs::read(folder.path().join("out")).unwrap() != EARLIER);
}

#[test]
fn a_model_in_place() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    let attach = ["library", "attach", "--library", "e.chmrlib"];
    done(&run(&folder, &[&attach[..], &["--model", "m.chmr", "-o", "new.chmr"]].concat()));
    done(&run(&folder, &[&attach[..], &["--model", "m.chmr", "--in-place"]].concat()));
    assert!(fs::read(at("m.chmr")).unwrap() == fs::read(at("new.chmr")).unwrap());
    for wrong in [
        &["--in-place"][..],
        &["--model", "m.chmr"],
        &["--model", "m.chmr", "--in-place", "-o", "x"],
    ] {
        assert_eq!(run(&folder, &[&attach[..], wrong].concat()).status.code(), Some(2));
    }
}

/// `neighbors` over the table `t.fps` that waits for more input than `first`, with the table mapped.
fn waiting(folder: &TempDir, first: &[u8]) -> Child {
    let args = ["neighbors", "-", "--input-format", "smi", "--table", "t.fps", "-o", "out"];
    let mut command = command(folder, &args);
    let mut child = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.as_mut().unwrap().write_all(&[&lead(), first].concat()).unwrap();
    begun(folder);
    child
}

fn feed(mut child: Child, input: &[u8]) -> Output {
    // A child that has ended reads no more.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

/// Packing anew while the earlier table is searched disturbs no search.
#[test]
fn a_mapped_table_is_replaced() {
    let folder = folder();
    let molecules = fs::read(folder.path().join("a.smi")).unwrap();
    done(&run(&folder, &["neighbors", "a.smi", "--table", "t.fps", "-o", "expected"]));
    let child = waiting(&folder, &molecules[..10]);
    fs::write(folder.path().join("b.smi"), "c1ccccc1 benzene\n").unwrap();
    done(&run(&folder, &["library", "pack", "b.smi", "-o", "t.fps"]));
    done(&feed(child, &molecules[10..]));
    let at = |name: &str| fs::read(folder.path().join(name)).unwrap();
    assert!(at("out") == at("expected"));
    done(&run(&folder, &["neighbors", "a.smi", "--table", "t.fps", "-o", "now"]));
    assert!(text(&at("now")).contains("benzene"));
}

#[test]
fn a_table_truncated_between_searches() {
    let folder = folder();
    let child = waiting(&folder, b"CCO\n");
    File::options().write(true).open(folder.path().join("t.fps")).unwrap().set_len(100).unwrap();
    let before = files(folder.path());
    let out = feed(child, b"CC\n");
    let told = text(&out.stderr);
    assert!(out.status.code() == Some(1) && told.contains("t.fps: truncated from"), "{told}");
    assert!(before.keys().filter(|n| !n.ends_with(".part")).eq(files(folder.path()).keys()));
    assert!(fs::read(folder.path().join("out")).unwrap() == EARLIER);
}

/// The table is cut off in the middle of a search that takes long: every row has to be looked at, for each of many queries.
#[test]
fn a_table_truncated_during_a_search() {
    let folder = folder();
    let path = folder.path().join("t.fps");
    let mut state = 1u64;
    let mut table = TableWriter::create(&path, 2, 1024).unwrap();
    for _ in 0..60_000 {
        let mut bits = Fingerprint::new(1024);
        for _ in 0..8 {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            bits.set((state >> 54) as usize);
        }
        table.push("m", "C", &bits).unwrap();
    }
    table.finish().unwrap();
    let input = "CCOC(=O)c1ccc(cc1)N(C)CCc1ccncc1 q\n".repeat(4000);
    let mut child = waiting(&folder, input.as_bytes());
    drop(child.stdin.take());
    std::thread::sleep(Duration::from_millis(400));
    assert!(child.try_wait().unwrap().is_none(), "the search was over too soon");
    File::options().write(true).open(&path).unwrap().set_len(0).unwrap();
    let out = child.wait_with_output().unwrap();
    let told = text(&out.stderr);
    assert_eq!(out.status.code(), Some(1), "{:?} {told}", out.status);
    assert!(told.contains("t.fps: truncated"), "{told}");
    assert!(fs::read(folder.path().join("out")).unwrap() == EARLIER);
    assert!(!files(folder.path()).keys().any(|name| name.ends_with(".part")));
}
