"""Makes the Parquet files of the tests: pyarrow wrote them.

Run in this folder: python make_fixture.py
"""
import pyarrow as pa
import pyarrow.parquet as pq

rows = [f"row {i}: grüße\n" + "word " * (i % 5) for i in range(60)]
table = pa.table({"id": list(range(60)), "text": pa.array(rows[:59] + [None]), "other": ["x"] * 60})
for codec in ["none", "snappy", "zstd"]:
    pq.write_table(table, f"{codec}.parquet", compression=codec, row_group_size=25)
