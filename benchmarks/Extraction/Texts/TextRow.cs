namespace MLTransfer.Benchmarks.Extraction.Texts;

/// <summary>A row of ML.NET data: a text.</summary>
internal sealed class TextRow
{
    public string Text { get; set; } = "";
}
