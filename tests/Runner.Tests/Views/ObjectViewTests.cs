using System.Text.Json.Nodes;
using MLTransfer.Runner.Views;

namespace MLTransfer.Runner.Tests.Views;

public class ObjectViewTests
{
    [Fact]
    public void Lines_EveryKindOfValue_IsReadable()
    {
        JsonObject value = new()
        {
            ["name"] = "resnet18",
            ["bytes"] = 46_837_525L,
            ["rows"] = 7,
            ["share"] = 0.12345678,
            ["single"] = 0.5f,
            ["installed"] = true,
            ["missing"] = null,
            ["classes"] = new JsonArray("cat", "dog"),
            ["card"] = new JsonObject { ["width"] = 224, ["mean"] = new JsonArray(127, 127.5) },
            ["inputs"] = new JsonArray(new JsonObject { ["name"] = "pixels", ["axes"] = 4 }, new JsonObject { ["name"] = "mask", ["axes"] = 12 }),
        };

        Assert.Equal(
            [
                "name       resnet18",
                "bytes      46,837,525",
                "rows       7",
                "share      0.1235",
                "single     0.5",
                "installed  yes",
                "missing    ",
                "classes    cat, dog",
                "card",
                "  width  224",
                "  mean   127, 127.5",
                "inputs",
                "  name    axes",
                "  pixels     4",
                "  mask      12",
            ],
            ObjectView.Lines(value));
    }
}
