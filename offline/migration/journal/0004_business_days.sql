-- Where each business day's entries stand: from row n on they are of this day,
-- up to the next row here. A sale on the day of the one before adds nothing;
-- one that comes late to an earlier day begins a run of its own. Entries that
-- have no business day lie within the runs of others.
CREATE TABLE day_run (
  n                 INTEGER PRIMARY KEY REFERENCES journal (n),
  business_day_date TEXT NOT NULL
) STRICT;
INSERT INTO day_run (n, business_day_date)
SELECT n, business_day_date
FROM (
  SELECT n, business_day_date, lag(business_day_date) OVER (ORDER BY n) AS before
  FROM journal
  WHERE business_day_date IS NOT NULL)
WHERE before IS NULL OR before <> business_day_date;
