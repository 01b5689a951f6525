window.onload = () => {
  SwaggerUIBundle({
    url: "/docs/openapi.yaml",
    dom_id: "#swagger-ui",
    deepLinking: true,
    // What is asked for here stays here: no outside service is told of the document.
    validatorUrl: null,
    supportedSubmitMethods: ["get"],
  });
};
