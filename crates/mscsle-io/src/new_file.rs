//! Files that appear whole or not at all.

use crate::IoError;
use std::fs::{File, OpenOptions, Permissions};
use std::io::{BufWriter, Error, ErrorKind, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// A file that is written beside its place and takes it when it is whole: until [`NewFile::commit`] an older file stays as
/// it was, and one that is dropped before leaves nothing behind.
///
/// A link stays, and what it points to is replaced; a device or pipe, which cannot be replaced, is written directly.
///
/// # Examples
/// ```
/// use mscsle_io::{IoError, NewFile};
/// use std::io::Write;
/// let folder = std::env::temp_dir();
/// let path = folder.join(format!("mscsle-new-file-{}.txt", std::process::id()));
/// let mut file = NewFile::create(&path)?;
/// assert!(file.write_all(b"usubjid\n").is_ok() && !path.exists());
/// file.commit()?;
/// assert!(path.exists());
/// # std::fs::remove_file(&path).ok();
/// # Ok::<(), IoError>(())
/// ```
#[derive(Debug)]
pub struct NewFile {
    /// None once it is closed.
    writer: Option<BufWriter<File>>,
    /// Where the bytes are until the file is whole; none of a device or pipe.
    temporary: Option<PathBuf>,
    target: PathBuf,
    /// Of the file that is replaced.
    permissions: Option<Permissions>,
    shown: String,
}

/// Makes the names of files that are written at the same time differ.
static NUMBER: AtomicU64 = AtomicU64::new(0);

impl NewFile {
    /// Begins a file for a path.
    ///
    /// # Errors
    /// [`IoError::System`] when its folder does not take files, or there is a file that must not be written.
    pub fn create(path: &Path) -> Result<NewFile, IoError> {
        let shown = path.display().to_string();
        let target = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let made = match std::fs::metadata(&target) {
            Ok(known) if known.is_dir() => Err(ErrorKind::IsADirectory.into()),
            Ok(known) if !known.is_file() => {
                OpenOptions::new().write(true).open(&target).map(|file| (file, None, None))
            }
            Ok(known) if known.permissions().readonly() => Err(ErrorKind::PermissionDenied.into()),
            Ok(known) => beside(&target).map(|(file, name)| (file, Some(name), Some(known.permissions()))),
            Err(_) => beside(&target).map(|(file, name)| (file, Some(name), None)),
        };
        let (file, temporary, permissions) = made.map_err(|error| system(&shown, &error))?;
        Ok(NewFile { writer: Some(BufWriter::new(file)), temporary, target, permissions, shown })
    }

    /// Puts the file in its place.
    ///
    /// # Errors
    /// [`IoError::System`]; an older file then stays.
    pub fn commit(mut self) -> Result<(), IoError> {
        let place = |file: &NewFile| -> Result<(), Error> {
            let Some(temporary) = &file.temporary else { return Ok(()) };
            if let Some(permissions) = &file.permissions {
                std::fs::set_permissions(temporary, permissions.clone())?;
            }
            std::fs::rename(temporary, &file.target)
        };
        let closed = self.writer.take().map_or(Ok(()), |mut writer| writer.flush());
        closed.and_then(|()| place(&self)).map_err(|error| system(&self.shown, &error))?;
        self.temporary = None;
        Ok(())
    }

    fn open(&mut self) -> Result<&mut BufWriter<File>, Error> {
        self.writer.as_mut().ok_or_else(|| ErrorKind::BrokenPipe.into())
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        self.writer = None;
        if let Some(temporary) = &self.temporary {
            // Nobody is left to be told when even that fails.
            let _ = std::fs::remove_file(temporary);
        }
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Error> {
        self.open()?.write(bytes)
    }

    fn write_all(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.open()?.write_all(bytes)
    }

    fn flush(&mut self) -> Result<(), Error> {
        self.open()?.flush()
    }
}

impl Seek for NewFile {
    fn seek(&mut self, to: SeekFrom) -> Result<u64, Error> {
        self.open()?.seek(to)
    }
}

/// A new file in the folder of another, hidden and of a name that no other has.
fn beside(target: &Path) -> Result<(File, PathBuf), Error> {
    let own = target.file_name().ok_or(ErrorKind::InvalidInput)?.to_string_lossy().chars().take(60).collect::<String>();
    loop {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = target.with_file_name(format!(".{own}.{}-{number}.tmp", std::process::id()));
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            other => return other.map(|file| (file, path)),
        }
    }
}

fn system(path: &str, error: &Error) -> IoError {
    IoError::System { path: path.to_owned(), done: "written", reason: error.to_string() }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests look at files")]
mod tests {
    use super::*;

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Folder {
            let path = std::env::temp_dir().join(format!("mscsle-new-file-{name}-{}", std::process::id()));
            std::fs::create_dir_all(&path).unwrap();
            Folder(path)
        }

        fn files(&self) -> usize {
            std::fs::read_dir(&self.0).unwrap().count()
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_file_appears_whole_and_leaves_nothing_beside_it() {
        let folder = Folder::new("whole");
        let path = folder.0.join("a.txt");
        for text in ["first", "second"] {
            let mut file = NewFile::create(&path).unwrap();
            file.write_all(text.as_bytes()).unwrap();
            let before = std::fs::read_to_string(&path).ok();
            assert_eq!(before.as_deref(), (text == "second").then_some("first"));
            file.commit().unwrap();
            assert_eq!((std::fs::read_to_string(&path).unwrap().as_str(), folder.files()), (text, 1));
        }
        let mut file = NewFile::create(&path).unwrap();
        file.write_all(b"third").unwrap();
        drop(file);
        assert_eq!((std::fs::read_to_string(&path).unwrap().as_str(), folder.files()), ("second", 1));
    }

    #[test]
    fn what_cannot_be_written_is_an_error_and_stays() {
        let folder = Folder::new("refused");
        let message = |path: &Path| NewFile::create(path).unwrap_err().to_string();
        assert!(message(&folder.0).contains("cannot be written"));
        assert!(message(&folder.0.join("none").join("a.txt")).contains("cannot be written"));
        let path = folder.0.join("locked.txt");
        std::fs::write(&path, "kept").unwrap();
        let mut permissions = std::fs::metadata(&path).unwrap().permissions();
        permissions.set_readonly(true);
        std::fs::set_permissions(&path, permissions).unwrap();
        assert!(message(&path).contains("permission denied"));
        assert_eq!((std::fs::read_to_string(&path).unwrap().as_str(), folder.files()), ("kept", 1));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_and_the_permissions_stay() {
        use std::os::unix::fs::PermissionsExt;
        let folder = Folder::new("link");
        let (path, link) = (folder.0.join("a.txt"), folder.0.join("link.txt"));
        std::fs::write(&path, "old").unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        let mut file = NewFile::create(&link).unwrap();
        file.write_all(b"new").unwrap();
        file.commit().unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "new");
        assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
    }
}
