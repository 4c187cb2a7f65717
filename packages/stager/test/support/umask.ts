// Tests say modes; whoever runs them may have another umask, and what they start has ours.
process.umask(0o022);
