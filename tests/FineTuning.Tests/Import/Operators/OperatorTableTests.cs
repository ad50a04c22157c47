using MLTransfer.FineTuning.Import.Operators;

namespace MLTransfer.FineTuning.Tests.Import.Operators;

public class OperatorTableTests
{
    [Fact]
    public void Markdown_Registry_IsWhatTheDocumentationSays()
    {
        string path = Path.Combine(SharedFiles.Repository, "docs", "operators.md");

        // UPDATE_DOCS=1 writes the page anew.
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1")
        {
            File.WriteAllText(path, OperatorTable.Markdown());
        }

        Assert.Equal(File.ReadAllText(path), OperatorTable.Markdown());
    }

    [Fact]
    public void Definitions_Registry_HasAtLeastOneHundredAndFiftyOperators() =>
        Assert.True(OperatorRegistry.Definitions.Where(definition => definition.Domain != RewrittenOperators.Domain).DistinctBy(definition => (definition.Domain, definition.Name)).Count() >= 150);

    [Fact]
    public void Definitions_Registry_HasEachFormOnce() =>
        Assert.Empty(OperatorRegistry.Definitions.GroupBy(definition => (definition.Domain, definition.Name, definition.SinceVersion)).Where(group => group.Count() > 1).Select(group => group.Key));
}
