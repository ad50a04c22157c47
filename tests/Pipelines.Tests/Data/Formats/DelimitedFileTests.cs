using CsvHelper;
using MLTransfer.Pipelines.Data;
using MLTransfer.Pipelines.Data.Formats;

namespace MLTransfer.Pipelines.Tests.Data.Formats;

public sealed class DelimitedFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("text,label\n\"a, b\",x\nc,y\n", ',', true)]
    [InlineData("text;label\nwith, comma;x\nalso, one;y\n", ';', true)]
    [InlineData("text|label\na|x\nb|y\n", '|', true)]
    [InlineData("text\tlabel\n\"opened, never closed\tx\nb\ty\nc\tx\n", '\t', false)]
    [InlineData("text\tlabel\n\"He said \"\"no\"\".\"\tx\nb\ty\n", '\t', true)]
    public void Open_Dialect_IsDetected(string content, char delimiter, bool quotes) =>
        Assert.Equal(new DelimitedDialect(delimiter, quotes), Open(content).Dialect);

    [Theory]
    [InlineData("text,label\na b,x\nc d,y\n", true)]
    [InlineData("great film,1\nbad film,0\n", false)]
    [InlineData("size,kind\n1.5,x\n2,y\n", true)]
    [InlineData("a,b\nc,d\n", true)]
    [InlineData("same,same\nc,d\n", false)]
    [InlineData("a,\nc,d\n", false)]
    public void Open_Header_IsDetected(string content, bool expected)
    {
        DelimitedFile table = Open(content);

        Assert.Equal(expected, table.HasHeader);
        if (!expected)
            Assert.Equal(["Column1", "Column2"], table.Columns);
    }

    [Theory]
    [InlineData("B", "1,b\n2,d\n", true)]
    [InlineData("Column2", "a,b\nc,d\n", false)]
    public void Open_ExpectedName_TellsWhetherTheFirstRecordIsAHeader(string expected, string content, bool header) =>
        Assert.Equal(header, Open(content, new(), expected).HasHeader);

    [Fact]
    public void Read_NoHeader_FirstRecordIsARow() =>
        Assert.Equal(["file.csv:1=a", "file.csv:2=c"], Rows(Open("a,b\nc,d\n", new() { Header = false })));

    [Fact]
    public void Read_QuotedLineBreaks_KeysCountLines() =>
        Assert.Equal(["file.csv:2=a\nb", "file.csv:4=c"], Rows(Open("text,label\n\"a\nb\",x\nc,y\n")));

    [Fact]
    public void Read_UnterminatedQuoteWhereQuotesAreSet_IsAProblemWithItsLine()
    {
        TableRow[] rows = [.. Open("text,label\na,x\n\"never closed,y\nb,z\n", new() { Quotes = true }).Read([0])];

        TableRow broken = Assert.Single(rows, row => row.Problem is not null);
        Assert.Equal("file.csv:3", broken.Key);
        Assert.Contains("never closed", broken.Problem!.Value.Detail);
    }

    [Fact]
    public void Read_QuoteInsideAField_IsText() =>
        Assert.Equal(["file.csv:2=a 5\" pipe"], Rows(Open("text,label\na 5\" pipe,x\n")));

    [Fact]
    public void Read_ByteOrderMark_IsNoPartOfTheFirstName()
    {
        _folder.Write("file.csv", [0xEF, 0xBB, 0xBF, .. "text,label\na,x\n"u8]);

        Assert.Equal(["text", "label"], DelimitedFile.Open(Path.Combine(_folder.Path, "file.csv"), new(), DataFormat.Csv, []).Columns);
    }

    [Fact]
    public void Read_WindowsEncoding_IsDecoded()
    {
        _folder.Write("file.csv", [.. "text,label\n"u8, 0x80, 0xE9, .. ",x\n"u8]);

        DelimitedFile table = DelimitedFile.Open(Path.Combine(_folder.Path, "file.csv"), new() { Encoding = "windows-1252" }, DataFormat.Csv, ["text"]);

        Assert.Equal(["file.csv:2=€é"], Rows(table));
    }

    [Fact]
    public void Read_WhatCsvHelperWrites_ComesBack()
    {
        string[] texts = ["plain", "comma, inside", "\"quoted\"", "line\nbreak", "tab\there", " spaces ", "日本語", "'", "", "a;b|c"];
        string path = Path.Combine(_folder.Path, "file.csv");
        using (var text = new StreamWriter(path))
        using (CsvWriter writer = CsvWriter.Create(text, new CsvWriterOptions(), leaveOpen: true))
        {
            foreach (string[] record in texts.Select(value => new[] { value, "x" }).Prepend(["text", "label"]))
            {
                foreach (string field in record)
                    writer.WriteField(field);
                writer.EndRecord();
            }
        }

        DelimitedFile table = DelimitedFile.Open(path, new(), DataFormat.Csv, ["text"]);

        Assert.Equal(texts, table.Read([0]).Select(row => row.Values[0]));
    }

    [Theory]
    [InlineData("banking77", "train.csv", 10_003, 77)]
    [InlineData("banking77", "test.csv", 3_080, 77)]
    [InlineData("sst2", "train.tsv", 6_920, 2)]
    [InlineData("sst2", "test.tsv", 1_821, 2)]
    [InlineData("github-issues", "issues.tsv", 1_615, 22)]
    [InlineData("sick", "SICK_train.txt", 4_500, 3)]
    [InlineData("sick", "SICK_test_annotated.txt", 4_927, 3)]
    public void Read_RealFiles_HaveTheirRowsAndClasses(string folder, string file, int rows, int classes)
    {
        DelimitedFile table = (DelimitedFile)TableFile.Open(SharedData.Path("data", folder, file), new(), []);
        int label = Enumerable.Range(0, table.Columns.Count).First(index => table.Columns[index] is "category" or "label" or "Area" or "entailment_judgment");

        TableRow[] read = [.. table.Read([label])];

        Assert.All(read, row => Assert.Null(row.Problem));
        Assert.Equal((rows, classes), (read.Length, read.Select(row => row.Values[0]).Distinct().Count()));
    }

    private DelimitedFile Open(string content, DataSource? source = null, params string[] expected) =>
        DelimitedFile.Open(_folder.Write("file.csv", content), source ?? new(), DataFormat.Csv, expected);

    private static IEnumerable<string> Rows(DelimitedFile table) => table.Read([0]).Select(row => $"{row.Key}={row.Values[0]}");
}
