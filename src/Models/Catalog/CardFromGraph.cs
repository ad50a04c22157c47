using System.Globalization;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Images;
using MLTransfer.Models.Onnx;
using MLTransfer.Models.Text;
using MLTransfer.Models.Text.Files;

namespace MLTransfer.Models.Catalog;

/// <summary>A card for a bare <c>.onnx</c> file: what the graph's inputs and outputs tell, and what the options add.</summary>
internal static class CardFromGraph
{
    /// <summary>Makes the card.</summary>
    /// <exception cref="UserException">The graph does not tell what it reads, and the options do not either.</exception>
    public static Backbone Create(string path, BackboneOptions options)
    {
        OnnxModel model = OnnxModel.Load(path);
        IReadOnlyList<OnnxValue> inputs = model.Inputs;
        Modality modality = options.Modality ?? Guess(inputs) ?? throw new UserException(
            $"{path}: the graph's inputs ({string.Join("; ", inputs)}) do not tell whether it reads images or texts. Set the modality, or write a card.json beside the file.");
        string directory = Path.GetDirectoryName(path)!;
        FeatureTensor feature = options.Feature ?? DefaultFeature(model, modality, path);
        BackboneCard card = new()
        {
            Name = Safe(Path.GetFileNameWithoutExtension(path)),
            Modality = modality,
            Model = Path.GetFileName(path),
            Image = modality == Modality.Image ? options.Image ?? Image(inputs, path) : null,
            Text = modality == Modality.Text ? options.Text ?? Text(inputs, directory, path) : null,
            Feature = feature,
        };
        BackboneCatalog.CheckOptions(card);
        return new Backbone(card, directory);
    }

    private static Modality? Guess(IReadOnlyList<OnnxValue> inputs)
    {
        if (inputs is [{ ElementType: "float" or "float16" or "uint8", Dimensions.Count: 4 }])
        {
            return Modality.Image;
        }

        bool integers = inputs.Count > 0 && inputs.All(static input => input.ElementType is "int64" or "int32");
        return integers && inputs.Any(static input => input.Name.Contains("ids", StringComparison.OrdinalIgnoreCase)) ? Modality.Text : null;
    }

    private static ImagePreprocessing Image(IReadOnlyList<OnnxValue> inputs, string path)
    {
        if (inputs is not [{ Dimensions: { Count: 4 } dims } input])
        {
            throw new UserException($"{path}: an image backbone has one input of four axes; this graph has {string.Join("; ", inputs)}.");
        }

        int?[] sizes = [.. dims.Select(static dim => int.TryParse(dim, NumberStyles.None, CultureInfo.InvariantCulture, out int size) ? size : (int?)null)];
        TensorLayout layout = sizes[3] == 3 && sizes[1] != 3 ? TensorLayout.Nhwc : TensorLayout.Nchw;
        int height = (layout == TensorLayout.Nchw ? sizes[2] : sizes[1]) ?? 224;
        int width = (layout == TensorLayout.Nchw ? sizes[3] : sizes[2]) ?? 224;

        // The usual evaluation crop: 224 of 256.
        int shorter = (int)Math.Round(Math.Min(height, width) * 256.0 / 224.0);
        return new ImagePreprocessing { Input = input.Name, Height = height, Width = width, ResizeShorterSide = shorter, Layout = layout };
    }

    private static TextPreprocessing Text(IReadOnlyList<OnnxValue> inputs, string directory, string path)
    {
        string? Named(string part) => inputs.FirstOrDefault(input => input.Name.Contains(part, StringComparison.OrdinalIgnoreCase))?.Name;
        return new TextPreprocessing
        {
            Tokenizer = Tokenizer(directory) ?? throw new UserException(
                $"{path}: no tokenizer file (tokenizer.json, vocab.txt, vocab.json with merges.txt, or a SentencePiece .model) is beside it. Put it there, or set the tokenizer."),
            InputIds = Named("input_ids") ?? inputs[0].Name,
            AttentionMask = Named("mask"),
            TokenTypeIds = Named("type"),
        };
    }

    private static TokenizerOptions? Tokenizer(string directory)
    {
        bool Has(string name) => File.Exists(Path.Combine(directory, name));

        // The only file that says itself what it does with the text.
        if (Has("tokenizer.json") && TokenizerJson.KindOf(Path.Combine(directory, "tokenizer.json")) is { } kind)
        {
            return new TokenizerOptions { Kind = kind, Vocabulary = "tokenizer.json" };
        }

        if (Has("vocab.txt"))
        {
            return new TokenizerOptions { Kind = TokenizerKind.WordPiece, Vocabulary = "vocab.txt", Lowercase = Lowercase(directory) };
        }

        if (Has("vocab.json") && Has("merges.txt"))
        {
            return new TokenizerOptions { Kind = TokenizerKind.ByteLevelBpe, Vocabulary = "vocab.json", Merges = "merges.txt" };
        }

        string? sentencePiece = Directory.EnumerateFiles(directory, "*.model").FirstOrDefault();
        return sentencePiece is not null
            ? new TokenizerOptions { Kind = TokenizerKind.SentencePiece, Vocabulary = Path.GetFileName(sentencePiece) }
            : null;
    }

    /// <summary>A vocabulary with capitals belongs to a cased model; an uncased one has none outside its special tokens.</summary>
    private static bool Lowercase(string directory) => !File.ReadLines(Path.Combine(directory, "vocab.txt"))
        .Any(static token => token.Length > 0 && token[0] != '[' && token.Any(char.IsAsciiLetterUpper));

    private static FeatureTensor DefaultFeature(OnnxModel model, Modality modality, string path)
    {
        OnnxValue output = model.Outputs is [var first, ..] ? first : throw new UserException($"{path}: the graph has no output.");
        Pooling pooling = (modality, output.Dimensions?.Count) switch
        {
            (Modality.Text, 3) => Pooling.Mean,
            (Modality.Image, 4) => Pooling.GlobalAverage,
            (Modality.Image, 3) => Pooling.FirstToken,
            _ => Pooling.None,
        };
        return new FeatureTensor { Tensor = output.Name, Pooling = pooling };
    }

    private static string Safe(string name)
    {
        string safe = string.Concat(name.Select(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_' ? letter : '-'));
        return safe.Length > 0 && char.IsAsciiLetterOrDigit(safe[0]) ? safe : "backbone-" + safe;
    }
}
