"""What members do with conversations beside answering, a module per topic. Called by REST and the worker of jobs, in their transaction."""
