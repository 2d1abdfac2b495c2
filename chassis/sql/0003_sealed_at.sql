-- When a seal was made, for whoever watches that sealing goes on; what is signed stays as it is.
ALTER TABLE seal ADD COLUMN sealed_at timestamptz;
