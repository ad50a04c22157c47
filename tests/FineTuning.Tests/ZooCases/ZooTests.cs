using MLTransfer.FineTuning.Import;
using MLTransfer.FineTuning.Import.Graphs;

namespace MLTransfer.FineTuning.Tests.ZooCases;

public class ZooTests
{
    /// <summary>The cases that lie in the repository, those beside it, and those of the folder in MLTRANSFER_ZOO.</summary>
    public static TheoryData<string> Cases()
    {
        string[] roots =
        [
            Path.Combine(SharedFiles.Repository, "tests", "FineTuning.Tests", "Zoo"),
            Path.Combine(Path.GetDirectoryName(SharedFiles.Repository)!, "shared", "goldens", "zoo"),
            Environment.GetEnvironmentVariable("MLTRANSFER_ZOO") ?? string.Empty,
        ];
        IEnumerable<string> folders = roots.Where(Directory.Exists).SelectMany(Directory.GetDirectories).Where(folder => File.Exists(Path.Combine(folder, "meta.json")));
        return [.. folders.GroupBy(Path.GetFileName).Select(group => group.Last()).Order(StringComparer.Ordinal)];
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Import_ZooCase_RunsAndTrainsAsTheReference(string folder)
    {
        ZooRun run = new(new ZooCase(folder));

        run.Run();

        Console.WriteLine(run.Summary);
        Assert.True(run.Faults.Count == 0, string.Join(Environment.NewLine, run.Faults));
    }

    [Fact]
    public void Describe_ZooCases_RuleChoosesTheWeightsOfTheReference()
    {
        List<string> differing = [];
        string[] folders = [.. Cases().Select(row => row.Data)];
        foreach (ZooCase zooCase in folders.Select(folder => new ZooCase(folder)))
        {
            HashSet<string> chosen = [.. TrainableRule.Describe(GraphReader.Read(zooCase.Load(), [zooCase.FeatureOutput]))
                .Where(tensor => tensor.Role == StoredTensorRole.Weight).Select(tensor => tensor.Name)];
            string[] missing = [.. zooCase.Trainable.Except(chosen)];
            string[] extra = [.. chosen.Except(zooCase.Trainable)];
            if (missing.Length + extra.Length > 0)
            {
                differing.Add($"{zooCase.Name}: not chosen: {string.Join(", ", missing)}; chosen too: {string.Join(", ", extra)}");
            }
        }

        Console.WriteLine(string.Join('\n', differing));
        Assert.True(differing.Count <= folders.Length - (folders.Length * 20 / 23), string.Join('\n', differing));
    }
}
