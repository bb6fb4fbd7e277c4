"""Files: hashes, atomic writes, strict JSON, the cache, the journal, the lock."""
