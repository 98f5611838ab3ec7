ALTER ROLE narrowgate_api LOGIN PASSWORD 'only-for-a-trial';
