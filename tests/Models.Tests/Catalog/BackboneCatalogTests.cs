using MLTransfer.Models.Catalog;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Onnx;
using MLTransfer.Models.Text;

namespace MLTransfer.Models.Tests.Catalog;

public sealed class BackboneCatalogTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mltransfer-catalog-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("efficientnet-lite0", Modality.Image)]
    [InlineData("all-MiniLM-L6-v2", Modality.Text)]
    [InlineData("ALL-minilm-l6-V2", Modality.Text)]
    public void Load_EmbeddedName_HasItsFilesAndTheFeatureTensor(string name, Modality modality)
    {
        Backbone backbone = Backbone.Load(name);

        Assert.Equal(modality, backbone.Card.Modality);
        Assert.True(BackboneCatalog.IsInstalled(backbone));
        Assert.Contains(OnnxModel.Load(backbone.ModelPath).Outputs, output => output.Name == backbone.Card.Feature.Tensor);
    }

    [Fact]
    public void List_KnownBackbones_NeverStateAHashWithoutAFile()
    {
        IReadOnlyList<Backbone> all = BackboneCatalog.List();

        Assert.Contains(all, static backbone => backbone.Card.Name == "resnet50");
        Assert.All(all.Where(static backbone => !BackboneCatalog.IsInstalled(backbone)), static backbone => Assert.Null(backbone.Card.Sha256));
        Assert.All(all, static backbone => Assert.NotNull(backbone.Card.License));
    }

    [Fact]
    public void Load_KnownNameWithoutFile_SaysWhereToPutIt()
    {
        UserException exception = Assert.Throws<UserException>(() => Backbone.Load("resnet50"));

        Assert.Contains(Path.Combine("resnet50", "model.onnx"), exception.Message, StringComparison.Ordinal);
        Assert.Contains("docs/backbones.md", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_MisspeltName_SuggestsTheNearest()
    {
        UserException exception = Assert.Throws<UserException>(() => Backbone.Load("efficientnet-lite"));

        Assert.Contains("'efficientnet-lite0'", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_WrongHash_IsRefused()
    {
        File.WriteAllBytes(Path.Combine(_folder, "model.onnx"), [1, 2, 3]);
        WriteCard($$"""
            { "name": "x", "modality": "image", "image": {}, "feature": { "tensor": "f" }, "sha256": "{{new string('0', 64)}}" }
            """);

        UserException exception = Assert.Throws<UserException>(() => Backbone.Load(_folder));

        // SHA-256 of 01 02 03, a published test value.
        Assert.Contains("039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_BareImageGraph_GetsACardFromItsInputs()
    {
        string path = Path.Combine(_folder, "my net.onnx");
        File.Copy(Path.Combine(Repository.Root, "onnx-models", "efficientnet-lite0", "model.onnx"), path);

        Backbone backbone = Backbone.Load(path, new BackboneOptions { Feature = new FeatureTensor { Tensor = "features" } });

        Assert.Equal(Modality.Image, backbone.Card.Modality);
        Assert.Equal((224, 224, 256), (backbone.Card.Image!.Width, backbone.Card.Image.Height, backbone.Card.Image.ResizeShorterSide));
        Assert.Equal("pixel_values", backbone.Card.Image.Input);
        Assert.Equal("features", backbone.Card.Feature.Tensor);
        Assert.Equal(path, backbone.ModelPath);
    }

    [Fact]
    public void Load_BareTextGraph_FindsItsTokenizerBesideIt()
    {
        string source = Path.Combine(Repository.Root, "onnx-models", "all-MiniLM-L6-v2");
        File.Copy(Path.Combine(source, "model.onnx"), Path.Combine(_folder, "net.onnx"));

        UserException exception = Assert.Throws<UserException>(() => Backbone.Load(_folder));
        Assert.Contains("tokenizer", exception.Message, StringComparison.Ordinal);

        File.Copy(Path.Combine(source, "vocab.txt"), Path.Combine(_folder, "vocab.txt"));
        BackboneCard card = Backbone.Load(_folder).Card;
        Assert.Equal((TokenizerKind.WordPiece, true), (card.Text!.Tokenizer.Kind, card.Text.Tokenizer.Lowercase));
        Assert.Equal(("input_ids", "attention_mask", "token_type_ids"), (card.Text.InputIds, card.Text.AttentionMask, card.Text.TokenTypeIds));
        Assert.Equal(new FeatureTensor { Tensor = "last_hidden_state", Pooling = Pooling.Mean }, card.Feature);
    }

    [Theory]
    [InlineData("""{ "name": "x", "modality": "image", "image": { "widht": 3 }, "feature": { "tensor": "f" } }""", "(1,48)", "'width'")]
    [InlineData("""{ "name": "x", "modality": "imagery", "feature": { "tensor": "f" } }""", "(1,28)", "'image'")]
    [InlineData("""{ "name": "x", "modality": "image", "image": {} }""", "(1,1)", "'feature'")]
    [InlineData("""{ "name": "x", "modality": "image", "image": { "width": "wide" }, "feature": { "tensor": "f" } }""", "'image.width'", "whole number")]
    [InlineData("""{ "name": "x", "sha256": "12", "modality": "image", "image": {}, "feature": { "tensor": "f" } }""", "(1,26)", "SHA-256")]
    [InlineData("""{ "name": "x", "name": "y" }""", "(1,16)", "twice")]
    [InlineData("{ \"name\": \"x\",\n  \"modality\" }", "(2,14)", "")]
    [InlineData("""{ "name": "x", "modality": "image", "feature": { "tensor": "f" } }""", "card.json", "'image'")]
    public void Load_WrongCard_NamesPlaceAndRemedy(string card, string place, string remedy)
    {
        WriteCard(card);

        UserException exception = Assert.Throws<UserException>(() => Backbone.Load(_folder));

        Assert.Contains(place, exception.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, exception.Message, StringComparison.Ordinal);
    }

    private void WriteCard(string text) => File.WriteAllText(Path.Combine(_folder, "card.json"), text);
}
