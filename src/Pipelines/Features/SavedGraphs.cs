using System.Globalization;
using System.IO.Compression;
using System.Text.RegularExpressions;
using MLTransfer.Models.Onnx;

namespace MLTransfer.Pipelines.Features;

/// <summary>The ONNX graphs inside a model that ML.NET saved.</summary>
internal static partial class SavedGraphs
{
    /// <summary>Reads the graphs in the order in which they run.</summary>
    /// <param name="filePath">The zip.</param>
    /// <returns>Where in the tree of transformers each ONNX transform is, and its graph.</returns>
    public static IReadOnlyList<(int[] Path, OnnxModel Graph)> Read(string filePath)
    {
        List<(int[] Path, OnnxModel Graph)> graphs = [];
        using ZipArchive zip = ZipFile.OpenRead(filePath);
        foreach (ZipArchiveEntry entry in zip.Entries)
        {
            Match match = GraphEntry().Match(entry.FullName.Replace('\\', '/'));
            if (match.Success)
            {
                using BinaryReader reader = new(entry.Open());
                graphs.Add((
                    [.. match.Groups["index"].Captures.Select(static capture => int.Parse(capture.Value, CultureInfo.InvariantCulture))],
                    OnnxModel.Parse(reader.ReadBytes(reader.ReadInt32()))));
            }
        }

        graphs.Sort(static (a, b) => a.Path.AsSpan().SequenceCompareTo(b.Path));
        return graphs;
    }

    [GeneratedRegex("^TransformerChain/(Transform_(?<index>[0-9]+)/)+OnnxModel$")]
    private static partial Regex GraphEntry();
}
