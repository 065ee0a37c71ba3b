//! The structs of Arrow's C data interface, and who frees what.
//!
//! A consumer moves a struct out of its capsule and sets `release` to none there; whoever holds one whose `release` is
//! set calls it once. The producer's side is `private`, a box that `release` takes back.

use crate::array::Data;
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ptr::{null, null_mut};
use std::sync::Arc;

/// Set in the flags of a column that may have nulls.
const NULLABLE: i64 = 2;

/// What a column is.
#[repr(C)]
pub(crate) struct ArrowSchema {
    format: *const c_char,
    name: *const c_char,
    metadata: *const c_char,
    flags: i64,
    n_children: i64,
    children: *mut *mut ArrowSchema,
    dictionary: *mut ArrowSchema,
    release: Option<unsafe extern "C" fn(*mut ArrowSchema)>,
    private: *mut c_void,
}

/// What a column holds.
#[repr(C)]
pub(crate) struct ArrowArray {
    length: i64,
    null_count: i64,
    offset: i64,
    n_buffers: i64,
    n_children: i64,
    buffers: *mut *const c_void,
    children: *mut *mut ArrowArray,
    dictionary: *mut ArrowArray,
    release: Option<unsafe extern "C" fn(*mut ArrowArray)>,
    private: *mut c_void,
}

/// Record batches, one after the other.
#[repr(C)]
pub(crate) struct ArrowArrayStream {
    get_schema: Option<unsafe extern "C" fn(*mut ArrowArrayStream, *mut ArrowSchema) -> c_int>,
    get_next: Option<unsafe extern "C" fn(*mut ArrowArrayStream, *mut ArrowArray) -> c_int>,
    get_last_error: Option<unsafe extern "C" fn(*mut ArrowArrayStream) -> *const c_char>,
    release: Option<unsafe extern "C" fn(*mut ArrowArrayStream)>,
    private: *mut c_void,
}

/// Memory that an array keeps alive.
#[derive(Clone)]
pub(crate) enum Buffer {
    /// None: no value is null.
    Absent,
    Shared {
        _kept: Arc<Data>,
        start: *const c_void,
    },
    Own(Arc<Vec<u8>>),
    Offsets(Arc<Vec<i32>>),
}

// SAFETY: the pointer of `Shared` leads into the data beside it, which is immutable and `Send` and `Sync`.
unsafe impl Send for Buffer {}
// SAFETY: as for `Send`.
unsafe impl Sync for Buffer {}

impl Buffer {
    fn pointer(&self) -> *const c_void {
        match self {
            Self::Absent => null(),
            Self::Shared { start, .. } => *start,
            Self::Own(bytes) => bytes.as_ptr().cast(),
            Self::Offsets(offsets) => offsets.as_ptr().cast(),
        }
    }
}

/// A column on its way out.
#[derive(Clone)]
pub(crate) struct Column {
    pub(crate) name: CString,
    pub(crate) format: &'static CStr,
    pub(crate) nulls: usize,
    pub(crate) buffers: Vec<Buffer>,
}

struct SchemaPrivate {
    name: CString,
    children: Vec<*mut ArrowSchema>,
}

struct ArrayPrivate {
    _kept: Vec<Buffer>,
    buffers: Vec<*const c_void>,
    children: Vec<*mut ArrowArray>,
}

impl ArrowSchema {
    fn new(format: &'static CStr, name: CString, nullable: bool, children: Vec<Self>) -> Self {
        let children = children.into_iter().map(|c| Box::into_raw(Box::new(c))).collect();
        let mut private = Box::new(SchemaPrivate { name, children });
        Self {
            format: format.as_ptr(),
            name: private.name.as_ptr(),
            metadata: null(),
            flags: if nullable { NULLABLE } else { 0 },
            n_children: private.children.len() as i64,
            children: private.children.as_mut_ptr(),
            dictionary: null_mut(),
            release: Some(release_schema),
            private: Box::into_raw(private).cast(),
        }
    }

    /// Of a table, a struct of its columns.
    pub(crate) fn of(columns: &[Column]) -> Self {
        let of = |c: &Column| {
            let nullable = !matches!(c.buffers.first(), Some(Buffer::Absent) | None);
            Self::new(c.format, c.name.clone(), nullable, Vec::new())
        };
        Self::new(c"+s", CString::default(), false, columns.iter().map(of).collect())
    }
}

impl ArrowArray {
    fn new(length: usize, nulls: usize, kept: Vec<Buffer>, children: Vec<Self>) -> Self {
        let buffers = kept.iter().map(Buffer::pointer).collect();
        let children = children.into_iter().map(|c| Box::into_raw(Box::new(c))).collect();
        let mut private = Box::new(ArrayPrivate { _kept: kept, buffers, children });
        Self {
            length: length as i64,
            null_count: nulls as i64,
            offset: 0,
            n_buffers: private.buffers.len() as i64,
            n_children: private.children.len() as i64,
            buffers: private.buffers.as_mut_ptr(),
            children: private.children.as_mut_ptr(),
            dictionary: null_mut(),
            release: Some(release_array),
            private: Box::into_raw(private).cast(),
        }
    }

    /// Of a table with so many rows.
    pub(crate) fn of(columns: &[Column], rows: usize) -> Self {
        let of = |c: &Column| Self::new(rows, c.nulls, c.buffers.clone(), Vec::new());
        Self::new(rows, 0, vec![Buffer::Absent], columns.iter().map(of).collect())
    }

    /// The end of a stream.
    fn end() -> Self {
        Self {
            length: 0,
            null_count: 0,
            offset: 0,
            n_buffers: 0,
            n_children: 0,
            buffers: null_mut(),
            children: null_mut(),
            dictionary: null_mut(),
            release: None,
            private: null_mut(),
        }
    }
}

impl ArrowArrayStream {
    /// Of one batch.
    pub(crate) fn of(columns: Vec<Column>, rows: usize) -> Self {
        let private = Box::new(StreamPrivate { columns, rows, given: false });
        Self {
            get_schema: Some(stream_schema),
            get_next: Some(stream_next),
            get_last_error: Some(stream_error),
            release: Some(release_stream),
            private: Box::into_raw(private).cast(),
        }
    }
}

struct StreamPrivate {
    columns: Vec<Column>,
    rows: usize,
    given: bool,
}

unsafe extern "C" fn release_schema(schema: *mut ArrowSchema) {
    // SAFETY: the holder gives a schema that `new` made and that is released once; so `private` is the box that `new`
    // leaked, and its children are boxes whose own `release` is none if a consumer moved them out.
    unsafe {
        let private = Box::from_raw((*schema).private.cast::<SchemaPrivate>());
        private.children.iter().for_each(|&child| drop(Box::from_raw(child)));
        (*schema).release = None;
    }
}

unsafe extern "C" fn release_array(array: *mut ArrowArray) {
    // SAFETY: as in `release_schema`.
    unsafe {
        let private = Box::from_raw((*array).private.cast::<ArrayPrivate>());
        private.children.iter().for_each(|&child| drop(Box::from_raw(child)));
        (*array).release = None;
    }
}

unsafe extern "C" fn release_stream(stream: *mut ArrowArrayStream) {
    // SAFETY: as in `release_schema`.
    unsafe {
        drop(Box::from_raw((*stream).private.cast::<StreamPrivate>()));
        (*stream).release = None;
    }
}

unsafe extern "C" fn stream_schema(stream: *mut ArrowArrayStream, to: *mut ArrowSchema) -> c_int {
    // SAFETY: the consumer gives a stream that is not released and room for a schema.
    unsafe { to.write(ArrowSchema::of(&(*(*stream).private.cast::<StreamPrivate>()).columns)) };
    0
}

unsafe extern "C" fn stream_next(stream: *mut ArrowArrayStream, to: *mut ArrowArray) -> c_int {
    // SAFETY: the consumer gives a stream that is not released, on one thread at a time, and room for an array.
    unsafe {
        let private = &mut *(*stream).private.cast::<StreamPrivate>();
        to.write(match std::mem::replace(&mut private.given, true) {
            false => ArrowArray::of(&private.columns, private.rows),
            true => ArrowArray::end(),
        });
    }
    0
}

unsafe extern "C" fn stream_error(_: *mut ArrowArrayStream) -> *const c_char {
    null()
}

/// What is dropped with its `release` set was not taken over by anybody.
macro_rules! released_when_dropped {
    ($($of:ident)*) => {$(
        impl Drop for $of {
            fn drop(&mut self) {
                if let Some(release) = self.release {
                    // SAFETY: `release` is set until it is called, and comes from this file.
                    unsafe { release(self) }
                }
            }
        }

        // SAFETY: all that the pointers lead to belongs to it alone, or is shared and immutable.
        unsafe impl Send for $of {}
    )*};
}

released_when_dropped!(ArrowSchema ArrowArray ArrowArrayStream);
