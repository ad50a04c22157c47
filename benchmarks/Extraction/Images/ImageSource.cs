using MLTransfer.Benchmarks.Data;
using MLTransfer.Models.Images;

namespace MLTransfer.Benchmarks.Extraction.Images;

/// <summary>The image files of a data set and the backbone that reads them.</summary>
internal sealed class ImageSource
{
    public ImageSource(string dataSet) => Paths = [.. ImageFolder.Read(SharedFiles.DataSet(dataSet)).Paths.Where(IsImage)];

    public IReadOnlyList<string> Paths { get; }

    public const string BackboneName = "efficientnet-lite0";

    public static string BackbonePath => SharedFiles.Model("efficientnet-lite0.onnx");

    public const string BackboneInput = "pixel_values";

    public const string Feature = "features";

    public static ImagePreprocessing Preprocessing { get; } = new() { Mean = [127, 127, 127], Std = [128, 128, 128] };

    public string Path(int row) => Paths[row % Paths.Count];

    private static bool IsImage(string path) => System.IO.Path.GetExtension(path) is ".jpg" or ".jpeg" or ".png";
}
