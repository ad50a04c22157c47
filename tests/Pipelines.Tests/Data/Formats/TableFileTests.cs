using MLTransfer.Models.Errors;
using MLTransfer.Pipelines.Data;
using MLTransfer.Pipelines.Data.Formats;

namespace MLTransfer.Pipelines.Tests.Data.Formats;

public sealed class TableFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("a.csv", nameof(DataFormat.Csv))]
    [InlineData("a.TSV", nameof(DataFormat.Tsv))]
    [InlineData("a.txt", nameof(DataFormat.Csv))]
    [InlineData("a.jsonl", nameof(DataFormat.JsonLines))]
    [InlineData("a.ndjson", nameof(DataFormat.JsonLines))]
    [InlineData("a.parquet", nameof(DataFormat.Parquet))]
    public void Detect_Extension_TellsTheFormat(string name, string expected) =>
        Assert.Equal(expected, TableFile.Detect(_folder.Write(name, "")).ToString());

    [Fact]
    public void Detect_Folder_IsAnImageFolder() => Assert.Equal(DataFormat.ImageFolder, TableFile.Detect(_folder.Path));

    [Fact]
    public void Detect_UnknownExtension_NamesTheFormats() =>
        Assert.Contains("json-lines", Assert.Throws<UserException>(() => TableFile.Detect(_folder.Write("a.xlsx", ""))).Message);

    [Fact]
    public void Open_FolderWhereATableIsExpected_Throws() =>
        Assert.Contains("is a folder", Assert.Throws<UserException>(
            () => TableFile.Open(_folder.Path, new DataSource { Format = DataFormat.Csv }, [])).Message);
}
