import fc from 'fast-check';

// The same mutants survive in every run.
fc.configureGlobal({ seed: 20261128 });
