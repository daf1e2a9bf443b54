-- One database for each service; the services make their tables themselves.
CREATE DATABASE intake;
CREATE DATABASE careplan;
CREATE DATABASE scheduling;
CREATE DATABASE coverage;
