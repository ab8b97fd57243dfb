"""What turns RTL into answers: export, simulation, synthesis, reports, the command line."""
