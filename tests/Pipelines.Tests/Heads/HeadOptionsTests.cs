using System.Text;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Json;
using MLTransfer.Pipelines.Heads;
using MLTransfer.Pipelines.Heads.Trainers;

namespace MLTransfer.Pipelines.Tests.Heads;

public sealed class HeadOptionsTests
{
    public static TheoryData<string, Type> Trainers => new()
    {
        { "lbfgs", typeof(LbfgsHead) },
        { "sdca", typeof(SdcaHead) },
        { "averaged-perceptron", typeof(AveragedPerceptronHead) },
        { "linear-svm", typeof(LinearSvmHead) },
        { "light-gbm", typeof(LightGbmHead) },
        { "fast-tree", typeof(FastTreeHead) },
        { "fast-forest", typeof(FastForestHead) },
        { "naive-bayes", typeof(NaiveBayesHead) },
    };

    [Theory]
    [MemberData(nameof(Trainers))]
    public void Parse_Trainer_GivesItsOptions(string name, Type expected) => Assert.IsType(expected, Parse($$"""{ "trainer": "{{name}}" }"""));

    [Theory]
    [MemberData(nameof(Trainers))]
    public void Write_Options_AreReadBackEqual(string name, Type expected)
    {
        HeadOptions options = Parse($$"""{ "trainer": "{{name}}", "normalization": "unit-length" }""");

        Assert.Equal(options, Parse(StrictJson.Write(options)));
        Assert.IsType(expected, options);
    }

    [Fact]
    public void Parse_TrainerAfterItsOptions_IsFound() =>
        Assert.Equal(new LbfgsHead { Tune = true, L2Regularization = 3 }, Parse("""{ "tune": true, "l2Regularization": 3, "trainer": "lbfgs" }"""));

    [Theory]
    [InlineData("""{ "trainer": "lbfgs", "l2Regularization": -1 }""", "l2Regularization")]
    [InlineData("""{ "trainer": "fast-tree", "numberOfLeaves": 1 }""", "numberOfLeaves")]
    [InlineData("""{ "trainer": "light-gbm", "featureFraction": 0 }""", "featureFraction")]
    [InlineData("""{ "trainer": "lbfgs", "numberOfTrees": 10 }""", "numberOfTrees")]
    [InlineData("""{ "trainer": "lbfsg" }""", "lbfgs")]
    public void Parse_WrongValue_NamesIt(string json, string expected) =>
        Assert.Contains(expected, Assert.Throws<UserException>(() => Parse(json)).Message);

    private static HeadOptions Parse(string json) => StrictJson.Parse<HeadOptions>(Encoding.UTF8.GetBytes(json), "pipeline.json");
}
