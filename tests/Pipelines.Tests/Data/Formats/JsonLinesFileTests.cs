using MLTransfer.Models.Errors;
using MLTransfer.Pipelines.Data;
using MLTransfer.Pipelines.Data.Formats;

namespace MLTransfer.Pipelines.Tests.Data.Formats;

public sealed class JsonLinesFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_Objects_GivesValuesAsText()
    {
        ITable table = Open("""
            {"text": "é \"quoted\"", "label": 1, "score": 0.25}

            {"label": true, "extra": "later"}
            {"text": null, "label": "x"}
            """);

        Assert.Equal(["text", "label", "score", "extra"], table.Columns);
        Assert.Equal(
            [("rows.jsonl:1", "é \"quoted\"", "1", "0.25"), ("rows.jsonl:3", null, "True", null), ("rows.jsonl:4", null, "x", null)],
            table.Read([0, 1, 2]).Select(row => (row.Key, row.Values[0], row.Values[1], row.Values[2])));
    }

    [Theory]
    [InlineData("{\"text\": \"a\"", "not JSON")]
    [InlineData("[1]", "array")]
    [InlineData("{\"text\": [\"a\"]}", "'text' holds an array")]
    [InlineData("{\"text\": {\"a\": 1}}", "'text' holds an object")]
    [InlineData("{\"text\": \"a\", \"text\": \"b\"}", "more than once")]
    public void Read_BadLine_IsAProblemOfThatLine(string line, string expected)
    {
        TableRow[] rows = [.. Open("{\"text\": \"good\"}\n" + line + "\n").Read([0])];

        Assert.Null(rows[0].Problem);
        Assert.Equal("rows.jsonl:2", rows[1].Key);
        Assert.Contains(expected, rows[1].Problem!.Value.Detail);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n\n")]
    [InlineData("[\n{\"text\": \"a\"},\n")]
    [InlineData("text,label\n")]
    public void Open_NoJsonLines_Throws(string content)
    {
        if (content.StartsWith('['))
            content = "[{\"text\": \"a\"}]";

        Assert.Throws<UserException>(() => Open(content));
    }

    private ITable Open(string content) => TableFile.Open(_folder.Write("rows.jsonl", content), new DataSource(), []);
}
