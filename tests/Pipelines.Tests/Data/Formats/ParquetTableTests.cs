using MLTransfer.Models.Errors;
using MLTransfer.Pipelines.Data;
using MLTransfer.Pipelines.Data.Formats;
using Parquet;
using Parquet.Schema;

namespace MLTransfer.Pipelines.Tests.Data.Formats;

public sealed class ParquetTableTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Read_TwoRowGroups_GivesAllRowsInOrder()
    {
        string path = await WriteAsync();

        ITable table = TableFile.Open(path, new DataSource(), []);
        TableRow[] rows = [.. table.Read([1, 0, 2, 3])];

        Assert.Equal(["id", "text", "score", "flag"], table.Columns);
        Assert.Equal(
            ["rows.parquet:1|a|1|0.5|true", "rows.parquet:2||2||false", "rows.parquet:3|c|3|-1.25E-07|true"],
            rows.Select(row => string.Join('|', row.Values.Prepend(row.Key))));
        Assert.Equal(rows.Select(row => row.Key), table.Read([1]).Select(row => row.Key));
    }

    [Fact]
    public async Task Open_TruncatedFile_Throws()
    {
        string path = await WriteAsync();
        byte[] bytes = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        string cut = _folder.Write("cut.parquet", bytes[..(bytes.Length / 2)]);

        UserException error = Assert.Throws<UserException>(() => TableFile.Open(cut, new DataSource(), []));

        Assert.Contains(cut, error.Message);
    }

    [Fact]
    public void Open_TextInPlaceOfParquet_Throws() =>
        Assert.Throws<UserException>(() => TableFile.Open(_folder.Write("rows.parquet", "text,label\na,b\n"), new DataSource(), []));

    private async Task<string> WriteAsync()
    {
        string path = Path.Combine(_folder.Path, "rows.parquet");
        var id = new DataField<long>("id");
        var text = new DataField<string>("text");
        var score = new DataField<double?>("score");
        var flag = new DataField<bool>("flag");
        await using FileStream file = File.Create(path);
        await using ParquetWriter writer = await ParquetWriter.CreateAsync(new ParquetSchema(id, text, score, flag), file);
        foreach ((long[] ids, string?[] texts, double?[] scores, bool[] flags) in new (long[], string?[], double?[], bool[])[]
        {
            ([1, 2], ["a", null], [0.5, null], [true, false]),
            ([3], ["c"], [-1.25e-7], [true]),
        })
        {
            using ParquetRowGroupWriter group = writer.CreateRowGroup();
            await group.WriteAsync<long>(id, ids.AsMemory());
            await group.WriteAsync(text, texts!);
            await group.WriteAsync<double>(score, scores.AsMemory());
            await group.WriteAsync<bool>(flag, flags.AsMemory());
        }
        return path;
    }
}
