-- Whether a file with this name and digest was ever written from this run file.
SELECT EXISTS (SELECT 1 FROM artifact WHERE name = :name AND sha1 = :sha1) AS n
