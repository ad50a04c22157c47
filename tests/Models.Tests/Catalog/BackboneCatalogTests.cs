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

    [Theory]
    [InlineData("\"model\": \"../other/model.onnx\"", "(1,97): 'model'")]
    [InlineData("\"model\": \"/etc/model.onnx\"", "'model'")]
    [InlineData("\"files\": [ { \"name\": \"a/../../b\" } ]", "'files[0].name'")]
    [InlineData("\"files\": [ { \"name\": \"model.onnx\" } ]", "names already")]
    [InlineData("\"address\": \"http://example.org/model.onnx\"", "https://")]
    [InlineData("\"address\": \"model.onnx\"", "https://")]
    [InlineData("\"text\": { \"tokenizer\": { \"kind\": \"word-piece\", \"vocabulary\": \"vocab.txt\" } }", "another modality")]
    public void Load_CardThatContradictsItself_NamesTheField(string field, string expected)
    {
        WriteCard($$"""{ "name": "x", "modality": "image", "image": { }, "feature": { "tensor": "features" }, {{field}} }""");

        Assert.Contains(expected, Assert.Throws<UserException>(() => Backbone.Load(_folder)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"width\": 0", "'image.width'")]
    [InlineData("\"width\": 300", "'image'")] // larger than the resized image
    [InlineData("\"mean\": [ 1, 2 ]", "'image.mean'")]
    [InlineData("\"std\": [ 1, 0, 1 ]", "'image'")]
    [InlineData("\"width\": 2.5", "whole number")]
    [InlineData("\"width\": 3000000000", "whole number")]
    public void Load_PreprocessingOutOfRange_NamesTheField(string field, string expected)
    {
        WriteCard($$"""{ "name": "x", "modality": "image", "image": { {{field}} }, "feature": { "tensor": "features" } }""");

        UserException exception = Assert.Throws<UserException>(() => Backbone.Load(_folder));

        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
        Assert.Contains("card.json(1,", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void List_BrokenCardAmongOthers_IsReportedAndHidesNothing()
    {
        AddBackbone("broken", "{ \"nmae\": \"x\" }");
        AddBackbone("good", Card("good-one"));
        List<UserException> broken = [];

        IReadOnlyList<Backbone> all = BackboneCatalog.List([_folder], broken.Add);

        Assert.Contains(Path.Combine("broken", "card.json"), Assert.Single(broken).Message, StringComparison.Ordinal);
        Assert.Contains(all, static backbone => backbone.Card.Name == "good-one");
        Assert.Throws<UserException>(() => BackboneCatalog.List([_folder]));
        UserException notFound = Assert.Throws<UserException>(() => Backbone.Load("brokn", new BackboneOptions { Folders = [_folder] }));
        Assert.Contains("'nmae'", notFound.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_NameInTwoFolders_TakesTheOneWithItsFiles()
    {
        AddBackbone("a/net", Card("net"));
        File.WriteAllBytes(Path.Combine(AddBackbone("b/net", Card("net")), "model.onnx"), [1]);

        Backbone backbone = Backbone.Load("net", new BackboneOptions { Folders = [Path.Combine(_folder, "a"), Path.Combine(_folder, "b")] });

        Assert.Equal(Path.Combine(_folder, "b", "net", "model.onnx"), backbone.ModelPath);
    }

    [Fact]
    public void Load_OptionsThatContradict_AreRefused()
    {
        UserException exception = Assert.Throws<UserException>(() => Backbone.Load("efficientnet-lite0", new BackboneOptions { Modality = Modality.Text }));

        Assert.Contains("'text'", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_DownloadWithoutHash_NeedsConsent()
    {
        WriteCard(Card("net").Replace("{ \"name\"", "{ \"address\": \"https://example.invalid/net.onnx\", \"name\"", StringComparison.Ordinal));

        string refused = Assert.Throws<UserException>(() => Backbone.Load(_folder)).Message;
        string unverified = Assert.Throws<UserException>(() => Backbone.Load(_folder, new BackboneOptions { Download = true })).Message;

        Assert.Contains("https://example.invalid/net.onnx", refused, StringComparison.Ordinal);
        Assert.Contains(Path.Combine(_folder, "model.onnx"), refused, StringComparison.Ordinal);
        Assert.Contains("AllowUnverified", unverified, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_BareTextGraphWithTokenizerJson_TakesItsKind()
    {
        File.Copy(Path.Combine(Repository.Root, "onnx-models", "all-MiniLM-L6-v2", "model.onnx"), Path.Combine(_folder, "net.onnx"));
        File.WriteAllText(Path.Combine(_folder, "vocab.txt"), "[UNK]\n");
        File.WriteAllText(Path.Combine(_folder, "tokenizer.json"), """{ "model": { "type": "BPE" } }""");

        TokenizerOptions tokenizer = Backbone.Load(_folder).Card.Text!.Tokenizer;

        Assert.Equal((TokenizerKind.ByteLevelBpe, "tokenizer.json"), (tokenizer.Kind, tokenizer.Vocabulary));
    }

    [Fact]
    public void Fingerprint_ExternalWeightsChange_Changes()
    {
        string path = Path.Combine(_folder, "model.onnx");
        OnnxModel.Load(Path.Combine(Repository.Root, "onnx-models", "efficientnet-lite0", "model.onnx")).Save(path, externalData: true);
        WriteCard(Card("net"));
        string before = Fingerprint();

        string data = path + ".data";
        byte[] weights = File.ReadAllBytes(data);
        weights[weights.Length / 2] ^= 1;
        File.WriteAllBytes(data, weights);
        File.SetLastWriteTimeUtc(data, DateTime.UtcNow.AddSeconds(5));

        Assert.NotEqual(before, Fingerprint());

        string Fingerprint() => BackboneFiles.Fingerprint(Backbone.Load(_folder), OnnxModel.Load(path))();
    }

    private static string Card(string name) => $$"""{ "name": "{{name}}", "modality": "image", "image": { }, "feature": { "tensor": "features" } }""";

    private string AddBackbone(string folder, string card)
    {
        string path = Directory.CreateDirectory(Path.Combine(_folder, folder)).FullName;
        File.WriteAllText(Path.Combine(path, "card.json"), card);
        return path;
    }

    private void WriteCard(string text) => File.WriteAllText(Path.Combine(_folder, "card.json"), text);
}
