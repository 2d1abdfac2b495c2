-- Events for one stream are appended by one statement now, without a function.
DROP FUNCTION IF EXISTS append_one;
