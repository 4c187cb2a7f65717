// Tests expect exact modes. Programs that they start inherit this umask.
process.umask(0o022);
