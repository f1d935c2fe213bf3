//! Children, real ones and made-up ones, under a supervisor.
