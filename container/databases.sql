-- Beside the database of Shanty itself, which the image of PostgreSQL makes: the one of Prefect.
CREATE DATABASE prefect;
