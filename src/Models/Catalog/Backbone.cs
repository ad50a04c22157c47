namespace MLTransfer.Models.Catalog;

/// <summary>A pretrained network: an ONNX file and its card.</summary>
public sealed class Backbone
{
    internal Backbone(BackboneCard card, string directory)
    {
        Card = card;
        Directory = directory;
    }

    /// <summary>How to feed the network, and which tensor is the feature.</summary>
    public BackboneCard Card { get; }

    /// <summary>The folder that relative names of the card are relative to.</summary>
    public string Directory { get; }

    /// <summary>Full path of the ONNX file.</summary>
    public string ModelPath => Path.GetFullPath(Path.Combine(Directory, Card.Model));
}
