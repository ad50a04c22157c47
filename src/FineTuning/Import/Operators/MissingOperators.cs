namespace MLTransfer.FineTuning.Import.Operators;

/// <summary>Operators that are left out on purpose, with the reason.</summary>
internal static class MissingOperators
{
    private const string Loops = "the number of its steps depends on the data; export the model with the loop unrolled";
    private const string Integers = "arithmetic on quantized integers has no gradient; use the float model and quantize after training";
    private const string Sequences = "sequences, optionals and maps are not tensors";
    private const string Strings = "strings do not exist in Torch; put text processing in front of the model";
    private const string Random = "its result is random, so the trained module and the written file cannot be compared";
    private const string Selection = "the number of its results depends on the data and it has no gradient; cut the graph in front of it";

    /// <summary>The operators of ONNX's own domain and of ONNX Runtime's, by name.</summary>
    public static IReadOnlyDictionary<string, string> Reasons { get; } = new Dictionary<string, string>
    {
        ["Loop"] = Loops,
        ["Scan"] = Loops,
        ["SequenceMap"] = Loops,
        ["ConvInteger"] = Integers,
        ["MatMulInteger"] = Integers,
        ["QLinearConv"] = Integers,
        ["QLinearMatMul"] = Integers,
        ["QuantizeLinear"] = Integers,
        ["DynamicQuantizeLinear"] = Integers,
        ["MatMulNBits"] = Integers,
        ["QAttention"] = Integers,
        ["SequenceAt"] = Sequences,
        ["SequenceConstruct"] = Sequences,
        ["SequenceEmpty"] = Sequences,
        ["SequenceErase"] = Sequences,
        ["SequenceInsert"] = Sequences,
        ["SequenceLength"] = Sequences,
        ["SplitToSequence"] = Sequences,
        ["ConcatFromSequence"] = Sequences,
        ["Optional"] = Sequences,
        ["OptionalGetElement"] = Sequences,
        ["OptionalHasElement"] = Sequences,
        ["StringConcat"] = Strings,
        ["StringNormalizer"] = Strings,
        ["StringSplit"] = Strings,
        ["RegexFullMatch"] = Strings,
        ["TfIdfVectorizer"] = Strings,
        ["Bernoulli"] = Random,
        ["Multinomial"] = Random,
        ["RandomNormal"] = Random,
        ["RandomNormalLike"] = Random,
        ["RandomUniform"] = Random,
        ["RandomUniformLike"] = Random,
        ["NonMaxSuppression"] = Selection,
        ["Unique"] = Selection,
        ["ImageDecoder"] = "images are decoded in front of the model",
    };

    /// <summary>The reason why an operator has no rule; null for one that nobody thought of.</summary>
    public static string? Reason(string domain, string name) =>
        domain is "" or OperatorDefinition.MicrosoftDomain ? Reasons.GetValueOrDefault(name) : null;
}
