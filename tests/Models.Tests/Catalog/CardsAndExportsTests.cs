using MLTransfer.Models.Catalog;
using MLTransfer.Models.Onnx;

namespace MLTransfer.Models.Tests.Catalog;

/// <summary>The cards without weights, against graphs that torchvision and Transformers exported at full size.</summary>
public class CardsAndExportsTests
{
    [Theory]
    [InlineData("resnet18", "resnet18")]
    [InlineData("resnet50", "resnet50")]
    [InlineData("vgg16", "vgg16")]
    [InlineData("mobilenet-v3-large", "mobilenet_v3_large")]
    [InlineData("efficientnet-b0", "efficientnet_b0")]
    [InlineData("convnext-tiny", "convnext_tiny")]
    [InlineData("vit-b-16", "vit_b_16")]
    [InlineData("bert-base-uncased", "bert-base")]
    [InlineData("roberta-base", "roberta-base")]
    [InlineData("distilbert-base-uncased", "distilbert")]
    public void Card_OfAnArchitecture_FitsItsExport(string name, string export)
    {
        var graph = OnnxModel.Read(Repository.Shared("models", "skeletons", export + ".onnx"));
        BackboneCard card = Assert.Single(BackboneCatalog.List(), backbone => backbone.Card.Name == name).Card;

        string?[] named = card.Image is { } image ? [image.Input] : [card.Text!.InputIds, card.Text.AttentionMask, card.Text.TokenTypeIds];
        Assert.Equal(graph.Inputs.Select(static input => input.Name).Order(), named.OfType<string>().Order());
        Assert.Contains(card.Feature.Tensor, graph.Outputs.Select(static output => output.Name));
        int axes = graph.Outputs.Single(output => output.Name == card.Feature.Tensor).Dimensions!.Count;
        Assert.Equal(card.Feature.Pooling == Pooling.None ? 2 : 3, axes);
    }
}
