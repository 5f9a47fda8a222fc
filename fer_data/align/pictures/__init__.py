"""`align` of a corpus that lies as pictures: a shard of them is a task, each picture on its own."""
