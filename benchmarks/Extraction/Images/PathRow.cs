namespace MLTransfer.Benchmarks.Extraction.Images;

/// <summary>A row of ML.NET data: an image file.</summary>
internal sealed class PathRow
{
    public string Path { get; set; } = "";
}
