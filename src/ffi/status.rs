//! `chmr_status`: what a call, or one row of a result, came to.

use super::guard::guard_value;
use std::ffi::{CStr, c_char};

/// What a call, or one row of a result, came to. The ranges say who is to act:
///
/// - 0: success
/// - 100 to 199, the call: an argument is wrong; correct the program
/// - 200 to 299: the model file cannot be used
/// - 300 to 399: the molecule cannot be predicted; besides 0 the only numbers that a row has
/// - 400 to 499: the run ended early
/// - 900 to 999: a defect in this library; please report it
///
/// Numbers keep their meaning for ever and are never used again. Later versions may add
/// numbers within these ranges: treat an unknown one as its range says.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum chmr_status {
    /// Success.
    Ok = 0,

    /// A pointer that must not be NULL is NULL.
    NullPointer = 100,
    /// A value out of its domain: a length beyond PTRDIFF_MAX, a misaligned pointer, an
    /// unknown constant.
    InvalidArgument = 101,
    /// Text that must be UTF-8 is not. (A molecule's text never gives this status: its row does,
    /// as CHMR_STATUS_MOLECULE_SYNTAX.)
    InvalidUtf8 = 102,
    /// An index at or beyond the count.
    OutOfRange = 103,
    /// The caller's buffer cannot hold the answer; the message says what is needed.
    BufferTooSmall = 104,
    /// No task has that name.
    NotFound = 105,
    /// The struct is newer than this library and asks for something that it does not know.
    UnsupportedOption = 106,
    /// More rows and tasks than there is memory for, or a model file beyond the limits.
    Limit = 107,

    /// This build of the library has no embedded model.
    NoDefaultModel = 200,
    /// The model file cannot be read from the disk.
    ModelIo = 201,
    /// The bytes are not a model file, or are truncated or damaged.
    ModelInvalid = 202,
    /// A model file of a format version that this library does not know.
    ModelUnsupported = 203,

    /// No atoms at all.
    MoleculeEmpty = 300,
    /// The text does not follow the grammar of its format.
    MoleculeSyntax = 301,
    /// An element that does not exist.
    MoleculeElement = 302,
    /// An atom has more bonds than its element and charge permit.
    MoleculeValence = 303,
    /// Aromatic bonds that no alternation of single and double bonds satisfies.
    MoleculeAromaticity = 304,
    /// Larger than the limits on length, atoms, bonds, branches or rings.
    MoleculeLimit = 305,
    /// Well-formed, but outside what the library or this model handles.
    MoleculeUnsupported = 306,
    /// Less was given than is needed: a fingerprint where the model needs the structure or other bits,
    /// no 3D coordinates where a shape is to be described.
    MoleculeInput = 307,
    /// A docked pose without a template, or one that does not match its template.
    MoleculeTemplate = 308,
    /// A defect in this library met this molecule; the other rows are sound. Please report it.
    MoleculeFailed = 399,

    /// The run was cancelled, by chmr_run_cancel or by its progress function.
    Cancelled = 400,

    /// A defect in this library; the handles given stay usable. Please report it.
    Panic = 900,
    /// A state that should be impossible. Please report it.
    Internal = 901,
}

impl chmr_status {
    fn text(status: i32) -> &'static CStr {
        const TEXTS: &[(chmr_status, &CStr)] = &[
            (chmr_status::Ok, c"ok"),
            (chmr_status::NullPointer, c"null pointer"),
            (chmr_status::InvalidArgument, c"invalid argument"),
            (chmr_status::InvalidUtf8, c"text is not UTF-8"),
            (chmr_status::OutOfRange, c"index out of range"),
            (chmr_status::BufferTooSmall, c"buffer too small"),
            (chmr_status::NotFound, c"not found"),
            (chmr_status::UnsupportedOption, c"unsupported option"),
            (chmr_status::Limit, c"beyond the limits"),
            (chmr_status::NoDefaultModel, c"no embedded model"),
            (chmr_status::ModelIo, c"model file cannot be read"),
            (chmr_status::ModelInvalid, c"not a valid model file"),
            (chmr_status::ModelUnsupported, c"unsupported model format"),
            (chmr_status::MoleculeEmpty, c"empty molecule"),
            (chmr_status::MoleculeSyntax, c"syntax error in molecule"),
            (chmr_status::MoleculeElement, c"unknown element"),
            (chmr_status::MoleculeValence, c"impossible valence"),
            (chmr_status::MoleculeAromaticity, c"impossible aromaticity"),
            (chmr_status::MoleculeLimit, c"molecule beyond the limits"),
            (chmr_status::MoleculeUnsupported, c"unsupported molecule"),
            (chmr_status::MoleculeInput, c"not enough input"),
            (chmr_status::MoleculeTemplate, c"pose and template do not match"),
            (chmr_status::MoleculeFailed, c"defect met on this molecule"),
            (chmr_status::Cancelled, c"cancelled"),
            (chmr_status::Panic, c"defect in the library (panic)"),
            (chmr_status::Internal, c"defect in the library"),
        ];
        TEXTS.iter().find(|(s, _)| *s as i32 == status).map_or(c"unknown status", |(_, t)| t)
    }
}

/// A few words on a status, such as "invalid argument"; "unknown status" for a number that this
/// version does not know. Static text, NUL-terminated; never NULL.
///
/// Thread rule: callable from any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chmr_status_text(status: i32) -> *const c_char {
    guard_value(c"unknown status".as_ptr(), || chmr_status::text(status).as_ptr())
}
